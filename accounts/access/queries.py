"""Reading products, restrictions and access, with the switches laid over."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import facts, rules
from accounts.access.models import Access, Product, Restriction
from backoffice.lib.errors import Missing
from compliance.reasons import queries as reasons
from compliance.switches import queries as switches
from compliance.switches.facts import PLATFORM_SCOPE, Mask, product_scope, scopes_over

PRODUCT_COLUMNS = tuple(facts.Product.__dataclass_fields__)


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


def restrictions() -> QuerySet[Restriction]:
    return Restriction.objects.select_related("customer", "product", "reason").order_by("-id")


def active_restrictions(
    *, customer_id: int, product_id: int
) -> tuple[facts.ActiveRestriction, ...]:
    """Restrictions in force, oldest first."""
    rows = (
        Restriction.objects.filter(
            customer_id=customer_id, product_id=product_id, lifted_at__isnull=True
        )
        .order_by("id")
        .values_list(
            "public_id", "reason__code", "source", "effect", "limit_cents", "started_at", "ends_at"
        )
    )
    return tuple(
        facts.ActiveRestriction(row[0], row[1], facts.Source(row[2]), facts.State(row[3]), *row[4:])
        for row in rows
    )


def effective(*, customer_id: int, product: facts.Product, language: str) -> facts.EffectiveAccess:
    """What this customer may do with this product now, and why not more. Four queries."""
    access = Access.objects.filter(customer_id=customer_id, product_id=product.id).first()
    restrictions_now = active_restrictions(customer_id=customer_id, product_id=product.id)
    mask = switches.mask(scopes=scopes_over(product.code))
    state, limit, codes = _under(access, mask)
    return facts.EffectiveAccess(
        product=product,
        state=state,
        stored_state=facts.State(access.state) if access and access.state else None,
        limit_cents=limit,
        terms=terms_of(access) if access else None,
        since=access.since if access else None,
        next_review_at=access.next_review_at if access else None,
        decision_public_id=access.decision_public_id if access else "",
        reasons=reasons.reasons(codes=codes, language=language) if codes else (),
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


def _under(access: Access | None, mask: Mask) -> tuple[facts.State, int | None, tuple[str, ...]]:
    if access is None or access.state is None:
        stored = rules.Derived(facts.State.CLOSED, None, (rules.NOT_DECIDED,))
    else:
        stored = rules.Derived(
            facts.State(access.state), access.limit_cents, tuple(access.reason_codes)
        )
    shown = rules.masked(stored, mask)
    return shown.state, shown.limit_cents, shown.reason_codes


def switch_scopes() -> dict[str, tuple[str, int]]:
    """Every scope a switch can have → (label, customers it would narrow now)."""
    usable = dict(
        Access.objects.filter(state__in=[facts.State.OPEN, facts.State.LIMITED])
        .values_list("product__code")
        .annotate(Count("id"))
    )
    scopes = {PLATFORM_SCOPE: (gettext("The whole platform"), sum(usable.values()))}
    for code in products().values_list("code", flat=True):
        scopes[product_scope(code)] = (code, usable.get(code, 0))
    return scopes
