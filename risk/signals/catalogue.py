"""Every signal a policy may use: type, unit, source, legal basis, freshness, bounds. All may be
null but those that are always known.

A null is "not known" or "known too long ago" (see `fresh_days`). A policy says what follows from
it: by a row with `null` in the cell, or by saying at the column that not knowing is accepted. That
a value is known but too old is a signal of its own, `<name>_is_stale`; it is derived from the
others when somebody is decided, never sent or stored.
"""

from __future__ import annotations

from functools import cache

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from risk.events.facts import EventKind
from risk.signals.derived_entries import DERIVED_ENTRIES
from risk.signals.entries import STORED_ENTRIES, VERIFICATION_ENTRIES
from risk.signals.facts import Signal, SignalFamily, SignalType
from risk.signals.link_entries import LINK_ENTRIES
from risk.signals.window_entries import WINDOW_ENTRIES

_STALE = "_is_stale"

SIGNALS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        *STORED_ENTRIES, *VERIFICATION_ENTRIES, *WINDOW_ENTRIES, *LINK_ENTRIES, *DERIVED_ENTRIES,
    )
}  # fmt: skip
STORED: dict[str, Signal] = {name: signal for name, signal in SIGNALS.items() if signal.is_stored}


def of_family(family: SignalFamily) -> dict[str, Signal]:
    return {name: signal for name, signal in SIGNALS.items() if signal.family is family}


@cache
def moved_by(kind: EventKind) -> tuple[str, ...]:
    """The signals an event of this kind can change."""
    return tuple(name for name, signal in SIGNALS.items() if kind in signal.moved_by)


def stale_column(name: str) -> str:
    """The signal that says that this one is known, but too old to use."""
    return f"{name}{_STALE}"


def staleness_of(column: str) -> str:
    """The signal whose age such a column tells of; empty for any other column.

    By the name alone: stored decisions outlive catalogues.
    """
    return column.removesuffix(_STALE) if column.endswith(_STALE) else ""


STALENESS: dict[str, Signal] = {
    stale_column(name): Signal(
        stale_column(name), SignalType.BOOLEAN, "",
        format_lazy(_("{signal}: too old to use"), signal=s.label),
        s.source, fresh_days=None, family=SignalFamily.DERIVED, basis=s.basis,
        is_always_known=True,
    )
    for name, s in STORED.items() if s.fresh_days is not None
}  # fmt: skip
COLUMNS: dict[str, Signal] = SIGNALS | STALENESS  # everything a policy may use


def observed_column(name: str) -> str:
    """The column that says when the source knew a stored signal.

    One for each signal, not for each source: news of one must neither make another look fresh nor
    hold back older news of it. Verification is always current: it is our own row.
    """
    return f"{name}_observed_at"
