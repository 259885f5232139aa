"""Reading switches. A mask read without the fence is for showing, never for deciding."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from compliance.switches import facts
from compliance.switches.models import Switch

# As text: every decision reads this, and building it from the model costs more than running it.
_ON = """
SELECT s.public_id, s.scope, s.kind, s.effect, s.limit_cents, r.code, s.turned_on_at,
       s.expected_end_at
FROM compliance_switch s JOIN compliance_reason r ON r.id = s.reason_id
WHERE s.released_at IS NULL AND s.scope = ANY(%s) ORDER BY s.id
"""


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
    with connection.cursor() as cursor:
        cursor.execute(_ON, [list(scopes)])
        rows = cursor.fetchall()
    found = [
        facts.SwitchOn(row[0], row[1], facts.Kind(row[2]), facts.Effect(row[3]), *row[4:])
        for row in rows
    ]
    order = list(facts.Kind)
    return facts.Mask(tuple(sorted(found, key=lambda switch: order.index(switch.kind))))
