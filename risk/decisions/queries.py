"""Reading decisions and campaigns."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from risk.decisions.models import Campaign, Decision


def decisions() -> QuerySet[Decision]:
    """Newest first, for lists that page by key."""
    return Decision.objects.select_related("customer", "product", "policy_version").order_by("-id")


def decision(*, public_id: str) -> Decision:
    """Raises: Missing."""
    found = decisions().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such decision."), code="decision_unknown")
    return found


def campaigns() -> QuerySet[Campaign]:
    return Campaign.objects.select_related("product", "policy_version").order_by("-id")


def campaign(*, public_id: str) -> Campaign:
    """Raises: Missing."""
    found = campaigns().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such campaign."), code="campaign_unknown")
    return found
