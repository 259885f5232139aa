"""Reading switches. A mask read without the fence is for showing, never for deciding."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from compliance.switches import facts
from compliance.switches.models import Switch


def history() -> QuerySet[Switch]:
    """Every time a switch was on, newest first."""
    return Switch.objects.select_related("reason").order_by("-id")


def switches_on() -> QuerySet[Switch]:
    return history().filter(released_at__isnull=True)


def switch(*, public_id: str) -> Switch:
    """Raises: Missing."""
    found = history().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such switch."), code="switch_unknown")
    return found


def mask(*, scopes: Iterable[str]) -> facts.Mask:
    """What narrows the given scopes now. One query."""
    rows = (
        Switch.objects.filter(released_at__isnull=True, scope__in=tuple(scopes))
        .order_by("id")
        .values_list(
            "public_id", "scope", "kind", "effect", "limit_cents", "reason__code",
            "turned_on_at", "expected_end_at",
        )
    )  # fmt: skip
    found = [
        facts.SwitchOn(row[0], row[1], facts.Kind(row[2]), facts.Effect(row[3]), *row[4:])
        for row in rows
    ]
    order = list(facts.Kind)
    return facts.Mask(tuple(sorted(found, key=lambda switch: order.index(switch.kind))))
