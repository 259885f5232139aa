"""The signals about a customer's devices, and about what is shared with others.

The latter speak of other people. Each is a fact of the surroundings
(`risk.links.facts.LinkFacts`), by the same name but for `is_capped`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from risk.events.facts import EventKind
from risk.signals import bases
from risk.signals.facts import Signal, SignalFamily, SignalSource, SignalType

_MOVED_BY = (
    EventKind.APPLICATION, EventKind.LOGIN, EventKind.CONTACT, EventKind.EMPLOYMENT,
)  # fmt: skip
_DAYS_AT_MOST = 36_600


def _link(
    name: str, unit: str, label: object, greatest: int,
    source: SignalSource = SignalSource.LINKS, **given: Any,
) -> Signal:  # fmt: skip
    return Signal(
        name, SignalType.NUMBER, unit, label, source, None, SignalFamily.LINKS,
        basis=bases.DEVICES, least=Decimal(0), greatest=Decimal(greatest),
        decimal_places=4 if unit == "ratio" else 0, moved_by=_MOVED_BY, **given,
    )  # fmt: skip


LINK_ENTRIES = (
    _link(
        "customers_on_my_devices", "number", _("other customers on the same devices"), 10**6,
        is_always_known=True,
    ),
    _link(
        "restricted_within_1_hop", "number", _("restricted customers sharing something directly"),
        10**6, is_always_known=True,
    ),
    _link(
        "restricted_within_2_hops", "number", _("restricted customers within two steps"), 10**6,
        is_always_known=True,
    ),
    _link("group_size", "number", _("customers in the group"), 10**8),
    _link("group_restricted_share", "ratio", _("restricted share of the group"), 1),
    _link(
        "newest_device_age_days", "days", _("days since the newest device was first seen"),
        _DAYS_AT_MOST, SignalSource.DEVICES,
    ),
    _link(
        "devices_30d", "number", _("devices used within 30 days"), 10**6, SignalSource.DEVICES,
        is_always_known=True, is_actionable=True, remedy_hint=_("Sign in from the usual device."),
    ),
    Signal(
        "links_are_capped", SignalType.BOOLEAN, "",
        _("something is shared by too many to count: link counts say “at least”"),
        SignalSource.LINKS, None, SignalFamily.LINKS, basis=bases.DEVICES, is_always_known=True,
        moved_by=_MOVED_BY,
    ),
)  # fmt: skip
