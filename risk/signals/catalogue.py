"""Every signal a policy may use: type, unit, source, freshness, bounds. All may be null.

A null is "not known" or "known too long ago" (see `fresh_days`). A policy says what follows from
it: by a row with `null` in the cell, or by saying at the column that not knowing is accepted. That
a value is known but too old is a signal of its own, `<name>_is_stale`; it is derived from the
others when somebody is decided, never sent or stored.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.verification.facts import Comparison, IdentityStatus
from risk.signals.facts import Signal, SignalSource, SignalType

NUMBER, STRING, BOOLEAN = SignalType
_STALE = "_is_stale"
_COMPARISONS = tuple(answer.value for answer in Comparison)


def _count(name: str, label: object, source: SignalSource, fresh_days: int, most: int) -> Signal:
    return Signal(
        name, NUMBER, "count", label, source, fresh_days, least=Decimal(0), greatest=Decimal(most)
    )


_ENTRIES = (
    Signal(
        "score", NUMBER, "points", _("credit score"), SignalSource.SCORE, 90,
        least=Decimal(0), greatest=Decimal(1000),
    ),
    Signal(
        "utilisation", NUMBER, "ratio", _("share of the credit limit in use"),
        SignalSource.REPAYMENT, 45, least=Decimal(0), greatest=Decimal(1000), decimal_places=4,
    ),
    Signal(
        "months_late_now", NUMBER, "months", _("months late now"),
        SignalSource.REPAYMENT, 45, least=Decimal(0), greatest=Decimal(600),
    ),
    Signal(
        "months_late_max_6m", NUMBER, "months", _("most months late within six months"),
        SignalSource.REPAYMENT, 45, least=Decimal(0), greatest=Decimal(600),
    ),
    Signal(
        "payment_ratio_6m", NUMBER, "ratio", _("paid share of six months' bills"),
        SignalSource.REPAYMENT, 45, least=Decimal(0), greatest=Decimal(99999), decimal_places=4,
    ),
    Signal(
        "current_limit_cents", NUMBER, "cents", _("credit limit now"),
        SignalSource.REPAYMENT, 45, least=Decimal(0), greatest=Decimal(10**15),
    ),
    Signal(
        "age_years", NUMBER, "years", _("age"), SignalSource.PROFILE, 400,
        least=Decimal(0), greatest=Decimal(150),
    ),
    _count("applications_7d", _("applications in 7 days"), SignalSource.APPLICATIONS, 7, 10**6),
    _count("applications_30d", _("applications in 30 days"), SignalSource.APPLICATIONS, 7, 10**6),
    _count("applications_90d", _("applications in 90 days"), SignalSource.APPLICATIONS, 7, 10**6),
    Signal(
        "identity_status", STRING, "", _("identity status"), SignalSource.VERIFICATION, None,
        is_stored=False, choices=tuple(status.value for status in IdentityStatus),
    ),
    Signal(
        "name_comparison", STRING, "", _("name against the bureau"),
        SignalSource.VERIFICATION, None, is_stored=False, choices=_COMPARISONS,
    ),
    Signal(
        "id_number_comparison", STRING, "", _("ID number against the bureau"),
        SignalSource.VERIFICATION, None, is_stored=False, choices=_COMPARISONS,
    ),
    Signal(
        "phone_comparison", STRING, "", _("phone against the bureau"),
        SignalSource.VERIFICATION, None, is_stored=False, choices=_COMPARISONS,
    ),
)  # fmt: skip

SIGNALS: dict[str, Signal] = {signal.name: signal for signal in _ENTRIES}
STORED: dict[str, Signal] = {name: signal for name, signal in SIGNALS.items() if signal.is_stored}


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
        stale_column(name), BOOLEAN, "", format_lazy(_("{signal}: too old to use"), signal=s.label),
        s.source, fresh_days=None, is_stored=False,
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
