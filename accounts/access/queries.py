"""Reading products, restrictions and access, with the switches laid over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import facts, rules
from accounts.access.models import Access, Product, Restriction
from backoffice.lib import bulk
from backoffice.lib.errors import Missing
from compliance.reasons import queries as reasons
from compliance.reasons.facts import Reason
from compliance.switches import queries as switches
from compliance.switches.facts import PLATFORM_SCOPE, Mask, product_scope, scopes_over

PRODUCT_COLUMNS = tuple(facts.Product.__dataclass_fields__)

# As text: every decision reads this, and building it from the model costs more than running it.
_IN_FORCE = """
SELECT r.product_id, r.public_id, c.code, r.source, r.effect, r.limit_cents, r.started_at, r.ends_at
FROM accounts_restriction r JOIN compliance_reason c ON c.id = r.reason_id
WHERE r.customer_id = %s AND r.lifted_at IS NULL ORDER BY r.id
"""
_IN_FORCE_FOR_MANY = """
SELECT r.customer_id, r.public_id, c.code, r.source, r.effect, r.limit_cents, r.started_at,
       r.ends_at
FROM accounts_restriction r JOIN compliance_reason c ON c.id = r.reason_id
WHERE r.customer_id = ANY(%(customer_ids)s) AND r.product_id = %(product_id)s
  AND r.lifted_at IS NULL
ORDER BY r.id
"""

_DECIDED = """
SELECT p.code, c.public_id, c.id
FROM accounts_access a
JOIN accounts_product p ON p.id = a.product_id AND p.is_active
JOIN accounts_customer c ON c.id = a.customer_id
WHERE a.customer_id = ANY(%s) AND a.decision_public_id <> '' ORDER BY p.code, c.id
"""


def products() -> QuerySet[Product]:
    """Products on offer, by code."""
    return Product.objects.filter(is_active=True).order_by("code")


def product(*, code: str) -> facts.Product:
    """Raises: Missing when no product on offer has this code."""
    row = products().filter(code=code).values_list(*PRODUCT_COLUMNS).first()
    if row is None:
        raise Missing(_("No such product."), code="product_unknown")
    return facts.Product(*row)


def accesses() -> QuerySet[Access]:
    return Access.objects.select_related("customer", "product").order_by("-id")


def decided(*, customer_ids: Sequence[int]) -> dict[str, dict[str, int]]:
    """Who of these was ever decided for a product on offer. Shape: product code → customer's
    public id → row id, both in order. One query."""
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, [list(customer_ids)])
        for code, public_id, customer_id in cursor.fetchall():
            found.setdefault(code, {})[public_id] = customer_id
    return found


def restrictions() -> QuerySet[Restriction]:
    return Restriction.objects.select_related("customer", "product", "reason").order_by("-id")


def active_restrictions(
    *, customer_ids: Sequence[int], product_id: int
) -> dict[int, tuple[facts.ActiveRestriction, ...]]:
    """Restrictions in force for one product, by customer id, oldest first. One query."""
    given = {"customer_ids": list(customer_ids), "product_id": product_id}
    return _by_first_column(bulk.read(_IN_FORCE_FOR_MANY, given))


def restrictions_by_product(*, customer_id: int) -> dict[int, tuple[facts.ActiveRestriction, ...]]:
    """All of a customer's restrictions in force, by product id, oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [customer_id])
        return _by_first_column(cursor.fetchall())


def _by_first_column(
    rows: Sequence[Sequence[Any]],
) -> dict[int, tuple[facts.ActiveRestriction, ...]]:
    found: dict[int, tuple[facts.ActiveRestriction, ...]] = {}
    for key, *row in rows:
        found[key] = (*found.get(key, ()), _active(row))
    return found


def _active(row: Sequence[Any]) -> facts.ActiveRestriction:
    return facts.ActiveRestriction(
        row[0], row[1], facts.Source(row[2]), facts.State(row[3]), *row[4:]
    )


def is_closed_sql(customer: str) -> str:
    """The condition that a customer is shut out of some product by a cause in force, for statements
    of rooms above. `customer` is a column of theirs. One look into an index, no row is read.

    LIMITED does not count: what a policy holds against somebody for their neighbours may only
    limit, and must not pass from neighbour to neighbour.
    """
    return (
        f"EXISTS (SELECT FROM accounts_restriction AS closed WHERE closed.customer_id = {customer} "
        "AND closed.lifted_at IS NULL AND closed.effect = 'CLOSED')"
    )


def closed_customers_sql() -> str:
    """The statement for the ids of everybody of whom `is_closed_sql` is true."""
    return (
        "SELECT DISTINCT customer_id FROM accounts_restriction "
        "WHERE lifted_at IS NULL AND effect = 'CLOSED'"
    )


def products_on_offer() -> tuple[facts.Product, ...]:
    return tuple(facts.Product(*row) for row in products().values_list(*PRODUCT_COLUMNS))


def effective(*, customer_id: int, product: facts.Product, language: str) -> facts.EffectiveAccess:
    """What this customer may do with this product now, and why not more. Four queries."""
    return effective_all(customer_id=customer_id, products=[product], language=language)[0]


def effective_all(
    *, customer_id: int, products: Sequence[facts.Product], language: str
) -> list[facts.EffectiveAccess]:
    """The same for several products, still with four queries."""
    accesses = {
        row.product_id: row
        for row in Access.objects.filter(
            customer_id=customer_id, product_id__in=[product.id for product in products]
        )
    }
    restricted = restrictions_by_product(customer_id=customer_id)
    on = switches.mask(
        scopes={scope for product in products for scope in scopes_over(product.code)}
    )
    shown = [
        (product, mask, _under(accesses.get(product.id), mask))
        for product in products
        for mask in [on.over(scopes_over(product.code))]
    ]
    codes = {code for _product, _mask, derived in shown for code in derived.reason_codes}
    known = reasons.reasons(codes=codes, language=language) if codes else ()
    return [
        _effective(
            product, accesses.get(product.id), derived, known, restricted.get(product.id, ()), mask
        )
        for product, mask, derived in shown
    ]


def _effective(
    product: facts.Product,
    access: Access | None,
    derived: rules.Derived,
    known: tuple[Reason, ...],
    restrictions_now: tuple[facts.ActiveRestriction, ...],
    mask: Mask,
) -> facts.EffectiveAccess:
    return facts.EffectiveAccess(
        product=product,
        state=derived.state,
        stored_state=facts.State(access.state) if access and access.state else None,
        limit_cents=derived.limit_cents,
        terms=terms_of(access) if access else None,
        since=access.since if access else None,
        next_review_at=access.next_review_at if access else None,
        decision_public_id=access.decision_public_id if access else "",
        reasons=tuple(reason for reason in known if reason.code in derived.reason_codes),
        restrictions=restrictions_now,
        mask=mask,
    )


def terms_of(access: Access) -> facts.Terms | None:
    """The terms a decision gave, before restrictions."""
    if (
        access.terms_limit_cents is None
        or access.annual_rate is None
        or access.max_term_months is None
    ):
        return None
    return facts.Terms(access.terms_limit_cents, access.annual_rate, access.max_term_months)


def _under(access: Access | None, mask: Mask) -> rules.Derived:
    if access is None or access.state is None:
        stored = rules.Derived(facts.State.CLOSED, None, (rules.NOT_DECIDED,))
    else:
        stored = rules.Derived(
            facts.State(access.state), access.limit_cents, tuple(access.reason_codes)
        )
    return rules.masked(stored, mask)


def switch_scopes() -> dict[str, tuple[str, int]]:
    """Every scope a switch can have → (label, customers it would narrow now)."""
    usable = dict(
        Access.objects.filter(state__in=[facts.State.OPEN, facts.State.LIMITED])
        .values_list("product__code")
        .annotate(Count("id"))
    )
    scopes = {PLATFORM_SCOPE: (gettext("The whole platform"), sum(usable.values()))}
    is_chinese = (get_language() or "zh-hans").startswith("zh")
    for product in products():
        name = product.name_zh if is_chinese else product.name_en
        scopes[product_scope(product.code)] = (name, usable.get(product.code, 0))
    return scopes
