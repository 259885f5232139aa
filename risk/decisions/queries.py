"""Reading decisions and campaigns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from risk.decisions.facts import StateOutcomes
from risk.decisions.models import Campaign, Decision, DecisionState

_OUTCOMES = """
SELECT d.state, count(*), count(o.id), count(*) FILTER (WHERE o.happened)
FROM risk_decision d
LEFT JOIN risk_outcome o ON o.customer_id = d.customer_id AND o.kind = %s AND o.source = %s
WHERE d.campaign_id = %s
GROUP BY d.state
"""


def decisions() -> QuerySet[Decision]:
    """Newest first, for lists that page by key."""
    return Decision.objects.select_related("customer", "product", "policy_version").order_by("-id")


def decision(*, public_id: str) -> Decision:
    """Raises: Missing."""
    found = decisions().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such decision."), code="decision_unknown")
    return found


def decision_ids(*, since: dt.datetime | None, sample: int | None) -> Iterator[str]:
    """Ids of decisions made since then, oldest first, streamed; or so many of them at random."""
    rows = (
        Decision.objects.all() if since is None else Decision.objects.filter(decided_at__gte=since)
    )
    rows = rows.order_by("id") if sample is None else rows.order_by("?")[:sample]
    return rows.values_list("public_id", flat=True).iterator(chunk_size=2000)


def last_words(*, public_ids: Sequence[str]) -> dict[str, tuple[str, dt.datetime]]:
    """Shape: decision id → (hash of the version that decided, when)."""
    rows = Decision.objects.filter(public_id__in=public_ids)
    return {
        public_id: (policy_hash, decided_at)
        for public_id, policy_hash, decided_at in rows.values_list(
            "public_id", "policy_hash", "decided_at"
        )
    }


def campaigns() -> QuerySet[Campaign]:
    return Campaign.objects.select_related("product", "policy_version").order_by("-id")


def campaign(*, public_id: str) -> Campaign:
    """Raises: Missing."""
    found = campaigns().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such campaign."), code="campaign_unknown")
    return found


def outcomes(*, campaign: Campaign, kind: str, source: str) -> list[StateOutcomes]:
    """What later became of the customers a campaign decided: for OPEN, LIMITED and CLOSED."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [kind, source, campaign.pk])
        found = {row[0]: StateOutcomes(*row) for row in cursor.fetchall()}
    return [found.get(state, StateOutcomes(state, 0, 0, 0)) for state in DecisionState.values]
