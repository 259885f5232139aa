"""Holding customers' access still: the switch fence, the rows, the mask, in this order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.access import facts, queries
from backoffice.lib import bulk
from backoffice.lib.errors import Missing
from backoffice.lib.transactions import step
from compliance.switches import queries as switches
from compliance.switches import services as switch_services
from compliance.switches.facts import Mask, scopes_over

_PRODUCT = ", ".join(f"p.{column}" for column in queries.PRODUCT_COLUMNS)
# The product comes with the first customer only: it is the same for all.
_LOCK = f"""
SELECT c.public_id, c.language, a.id, a.customer_id, a.product_id, a.state, a.terms_limit_cents,
       a.annual_rate, a.max_term_months, a.limit_cents, a.since, a.next_review_at,
       a.reason_codes::text, a.decision_public_id, a.moved_by_event_at, {_PRODUCT}
FROM accounts_access a
JOIN accounts_customer c ON c.id = a.customer_id
JOIN accounts_product wanted ON wanted.id = a.product_id
LEFT JOIN accounts_product p ON p.id = a.product_id AND c.public_id = %(first)s
WHERE c.public_id = ANY(%(customers)s) AND wanted.code = %(product)s
ORDER BY a.id FOR UPDATE OF a
"""  # noqa: S608
_FIRST_OF_PRODUCT = 15  # the columns before it are the customer's
_CREATE = """
INSERT INTO accounts_access (customer_id, product_id, reason_codes, decision_public_id)
SELECT c.id, p.id, '[]'::jsonb, ''
FROM accounts_customer c, accounts_product p
WHERE c.public_id = ANY(%s) AND p.code = %s
ORDER BY c.id
ON CONFLICT (customer_id, product_id) DO NOTHING
"""


@step
def lock(*, customer_public_id: str, product_code: str) -> facts.Locked:
    """Hold one customer's access to one product still until the transaction ends.

    Effects: shared switch fence first, then the access row (made when absent), then the mask.
    Raises: Missing (customer or product).
    """
    return lock_many(customer_public_ids=[customer_public_id], product_code=product_code)[0]


@step
def lock_many(*, customer_public_ids: Sequence[str], product_code: str) -> list[facts.Locked]:
    """The same for several customers, in the order given, in as many statements as for one.

    Rows are locked in order of id: two batches never wait for each other.
    """
    scopes = scopes_over(product_code)
    switch_services.fence(scopes=scopes)
    rows = _locked_rows(list(customer_public_ids), product_code)
    mask = switches.mask(scopes=scopes)
    if not rows:
        return []
    product = facts.Product(*rows[customer_public_ids[0]][_FIRST_OF_PRODUCT:])
    return [_locked(rows[public_id], product, mask) for public_id in customer_public_ids]


def _locked_rows(customer_public_ids: list[str], product_code: str) -> dict[str, tuple[Any, ...]]:
    given = {
        "customers": customer_public_ids, "product": product_code,
        "first": customer_public_ids[0] if customer_public_ids else "",
    }  # fmt: skip
    rows = {row[0]: row for row in bulk.read(_LOCK, given)}
    absent = [public_id for public_id in customer_public_ids if public_id not in rows]
    if absent:  # the first decision: make the row, then lock it like any other
        with connection.cursor() as cursor:
            cursor.execute(_CREATE, [absent, product_code])
        rows |= {row[0]: row for row in bulk.read(_LOCK, {**given, "customers": absent})}
    if any(public_id not in rows for public_id in absent):
        raise Missing(_("No such customer or product."), code="customer_or_product_unknown")
    return rows


def _locked(row: tuple[Any, ...], product: facts.Product, mask: Mask) -> facts.Locked:
    customer_public_id, language, access_id, customer_id, product_id, state = row[:6]
    terms_limit, rate, term = row[6:9]
    limit, since, next_review_at, reason_codes, decision_public_id, moved_at = row[
        9:_FIRST_OF_PRODUCT
    ]
    has_terms = None not in (terms_limit, rate, term)
    standing = facts.Standing(
        access_id=access_id,
        customer_id=customer_id,
        product_id=product_id,
        state=facts.State(state) if state else None,
        terms=facts.Terms(terms_limit, rate, term) if has_terms else None,
        limit_cents=limit,
        since=since,
        next_review_at=next_review_at,
        reason_codes=() if reason_codes == "[]" else tuple(json.loads(reason_codes)),
        decision_public_id=decision_public_id,
        moved_by_event_at=moved_at,
    )
    return facts.Locked(standing, product, mask, customer_public_id, language)
