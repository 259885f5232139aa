"""The signals counted over events. Nothing is kept: each is what the log says at the moment.

A lender that does not send events has zeros here, which is why the lender's own counts
(`applications_7d` …) stay signals of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from risk.events.facts import EventKind, Measure, Subject, Window
from risk.signals import bases
from risk.signals.facts import Signal, SignalFamily, SignalSource, SignalType

CAP = 1000  # events looked at in one window; a count of so many says "at least"
AMOUNT_AT_MOST = 10**14  # cents
_YEAR = 365
_SPANS = {
    "1h": (dt.timedelta(hours=1), _("1 hour")),
    "24h": (dt.timedelta(hours=24), _("24 hours")),
    "7d": (dt.timedelta(days=7), _("7 days")),
    "30d": (dt.timedelta(days=30), _("30 days")),
    "90d": (dt.timedelta(days=90), _("90 days")),
    "365d": (dt.timedelta(days=_YEAR), _("365 days")),
}
# Defaults and cures are what becomes of people: outcomes, by which policies are judged.
_ANYTHING = tuple(kind for kind in EventKind if kind not in (EventKind.DEFAULT, EventKind.CURE))
_WAIT = _("Apply less often: applications leave the count as time passes.")
_PAY = _("Pay every bill on time: missed payments leave the count as time passes.")


def _over(
    name: str, label: object, span: str, kinds: Sequence[EventKind], *,
    unit: str = "count", greatest: int = CAP, subject: Subject = Subject.CUSTOMER,
    measure: Measure = Measure.COUNT, field: str = "", **given: Any,
) -> Signal:  # fmt: skip
    is_shared = subject is not Subject.CUSTOMER
    cap = 1 if measure is Measure.SECONDS_SINCE else CAP  # only the newest matters
    return Signal(
        name, SignalType.NUMBER, unit, label,
        SignalSource.LINKS if is_shared else SignalSource.EVENTS, None, SignalFamily.WINDOW,
        basis=bases.DEVICES if is_shared else bases.CONTRACT,
        least=Decimal(0), greatest=Decimal(greatest),
        is_always_known=measure is not Measure.SECONDS_SINCE,
        is_actionable="remedy_hint" in given, moved_by=tuple(kinds),
        window=Window(name, subject, tuple(kinds), measure, _SPANS[span][0], field, cap), **given,
    )  # fmt: skip


def _within(what: object, span: str) -> Any:
    return format_lazy(_("{what} within {span}"), what=what, span=_SPANS[span][1])


def _counts(
    stem: str, what: object, spans: str, kinds: Sequence[EventKind], **given: Any
) -> Iterator[Signal]:
    for span in spans.split():
        yield _over(f"{stem}_{span}", _within(what, span), span, kinds, **given)


def _sums(
    stem: str, what: object, spans: str, kind: EventKind, remedy_hint: object
) -> Iterator[Signal]:
    """Of nothing a sum is 0 here: nothing was drawn."""
    for span in spans.split():
        yield _over(
            f"{stem}_{span}_cents", _within(what, span), span, [kind], unit="cents",
            greatest=AMOUNT_AT_MOST, measure=Measure.SUM, field="amount_cents",
            remedy_hint=remedy_hint,
        )  # fmt: skip


def _days_since(name: str, label: object, kinds: Sequence[EventKind], **given: Any) -> Signal:
    """Whole days since the newest; null when there was none within the year."""
    return _over(
        name, label, "365d", kinds, unit="days", greatest=_YEAR, measure=Measure.SECONDS_SINCE,
        **given,
    )  # fmt: skip


def _shared(subject: Subject, applications: object, applicants: object) -> Iterator[Signal]:
    asked = [EventKind.APPLICATION]
    stem = subject.value
    spans = "1h 24h 7d 30d" if subject is Subject.DEVICE else "24h 7d 30d"
    yield from _counts(f"{stem}_applications", applications, spans, asked, subject=subject)
    yield _over(
        f"{stem}_applicants_30d", _within(applicants, "30d"), "30d", asked, unit="number",
        subject=subject, measure=Measure.DISTINCT, field="customer_id",
    )  # fmt: skip


WINDOW_ENTRIES = (
    *_counts(
        "seen_applications", _("applications counted"), "1h 24h 7d 30d 90d 365d",
        [EventKind.APPLICATION], remedy_hint=_WAIT,
    ),
    *_counts(
        "seen_refusals", _("refusals counted"), "1h 24h 7d 30d 90d 365d", [EventKind.REFUSAL],
        remedy_hint=_WAIT,
    ),
    *_counts(
        "seen_drawdowns", _("drawdowns counted"), "1h 24h 7d 30d 90d 365d", [EventKind.DRAWDOWN],
        remedy_hint=_("Draw less often: drawdowns leave the count as time passes."),
    ),
    *_sums(
        "drawn", _("amount drawn"), "24h 7d 30d 90d", EventKind.DRAWDOWN,
        _("Draw less: amounts leave the sum as time passes."),
    ),
    *_sums(
        "repaid", _("amount paid back"), "30d 90d", EventKind.REPAYMENT_PAID,
        _("Pay back what is due."),
    ),
    *_counts(
        "payments_due", _("payments that came due"), "90d 365d", [EventKind.REPAYMENT_DUE]
    ),
    *_counts(
        "payments_missed", _("payments missed"), "30d 90d 365d",
        [EventKind.REPAYMENT_MISSED], remedy_hint=_PAY,
    ),
    _days_since(
        "days_since_missed_payment", _("days since a payment was missed"),
        [EventKind.REPAYMENT_MISSED], remedy_hint=_PAY,
    ),
    _days_since(
        "days_since_refusal", _("days since a refusal"), [EventKind.REFUSAL], remedy_hint=_WAIT
    ),
    *_counts("seen_logins", _("logins counted"), "24h", [EventKind.LOGIN]),
    *_counts("contact_changes", _("contact changes counted"), "30d 90d", [EventKind.CONTACT]),
    *_counts("employment_changes", _("changes of employment"), "365d", [EventKind.EMPLOYMENT]),
    _days_since("event_age_days", _("days since the newest event"), _ANYTHING),
    *_shared(
        Subject.DEVICE, _("applications from this device"), _("customers applying from this device")
    ),
    *_shared(
        Subject.PHONE, _("applications with this phone"), _("customers applying with this phone")
    ),
    *_shared(
        Subject.ADDRESS, _("applications from this address"),
        _("customers applying from this address"),
    ),
    Signal(
        "windows_are_capped", SignalType.BOOLEAN, "",
        _("more events than are counted: counts say “at least”"), SignalSource.EVENTS, None,
        SignalFamily.WINDOW, basis=bases.CONTRACT, is_always_known=True, moved_by=_ANYTHING,
    ),
)  # fmt: skip
