"""The signals that are kept: what lenders tell us, and what verification found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.verification.facts import Comparison, IdentityStatus
from risk.events.facts import EventKind
from risk.signals import bases
from risk.signals.facts import Signal, SignalFamily, SignalSource, SignalType

NUMBER, STRING = SignalType.NUMBER, SignalType.STRING
_PAY = _("Pay what is due: it changes with the next report.")
_WAIT = _("Apply less often: applications leave the count as time passes.")
_CORRECT = _("Correct the data, or take the missing step of verification.")


def _told(
    name: str, unit: str, label: object, source: SignalSource, fresh_days: int, greatest: int,
    basis: object, **given: Any,
) -> Signal:  # fmt: skip
    return Signal(
        name, NUMBER, unit, label, source, fresh_days, basis=basis, least=Decimal(0),
        greatest=Decimal(greatest), decimal_places=4 if unit == "ratio" else 0,
        is_actionable="remedy_hint" in given, **given,
    )  # fmt: skip


def _applications(name: str, label: object) -> Signal:
    return _told(
        name, "count", label, SignalSource.APPLICATIONS, 7, 10**6, bases.CONTRACT,
        remedy_hint=_WAIT,
    )  # fmt: skip


def _verified(name: str, label: object, choices: tuple[str, ...]) -> Signal:
    return Signal(
        name, STRING, "", label, SignalSource.VERIFICATION, None, SignalFamily.VERIFICATION,
        basis=bases.IDENTITY, choices=choices, is_always_known=True, is_actionable=True,
        remedy_hint=_CORRECT,
    )  # fmt: skip


_COMPARISONS = tuple(answer.value for answer in Comparison)

STORED_ENTRIES = (
    _told(
        "score", "points", _("credit score"), SignalSource.SCORE, 90, 1000, bases.SCORE,
        moved_by=(EventKind.SCORE,),
        remedy_hint=_("Pay on time and use less of the limit: scores follow within months."),
    ),
    _told(
        "utilisation", "ratio", _("share of the credit limit in use"), SignalSource.REPAYMENT, 45,
        1000, bases.CONTRACT, remedy_hint=_("Pay back part of what was drawn."),
    ),
    _told(
        "months_late_now", "months", _("months late now"), SignalSource.REPAYMENT, 45, 600,
        bases.CONTRACT, remedy_hint=_PAY,
    ),
    _told(
        "months_late_max_6m", "months", _("most months late within six months"),
        SignalSource.REPAYMENT, 45, 600, bases.CONTRACT,
        remedy_hint=_("Pay on time: being late is forgotten after six months."),
    ),
    _told(
        "payment_ratio_6m", "ratio", _("paid share of six months' bills"),
        SignalSource.REPAYMENT, 45, 99999, bases.CONTRACT, remedy_hint=_PAY,
    ),
    _told(
        "current_limit_cents", "cents", _("credit limit now"), SignalSource.REPAYMENT, 45, 10**15,
        bases.CONTRACT, moved_by=(EventKind.LIMIT,),
    ),
    _told("age_years", "years", _("age"), SignalSource.PROFILE, 400, 150, bases.IDENTITY),
    _applications("applications_7d", _("applications in 7 days")),
    _applications("applications_30d", _("applications in 30 days")),
    _applications("applications_90d", _("applications in 90 days")),
    _told(
        "worst_days_late_24m", "days", _("most days late within 24 months"),
        SignalSource.REPAYMENT, 45, 3660, bases.CONTRACT,
        remedy_hint=_("Pay on time: being late is forgotten after 24 months."),
    ),
    _told(
        "monthly_income_cents", "cents", _("monthly income"), SignalSource.PROFILE, 400, 10**13,
        bases.INCOME, moved_by=(EventKind.BUREAU,),
        remedy_hint=_("Hand in proof of the present income."),
    ),
    _told(
        "debt_to_income", "ratio", _("monthly debt payments to income"), SignalSource.BUREAU, 90,
        1000, bases.BUREAU, moved_by=(EventKind.BUREAU,),
        remedy_hint=_("Pay back debts, or hand in proof of a higher income."),
    ),
    _told(
        "outside_debt_cents", "cents", _("debts with other lenders"), SignalSource.BUREAU, 45,
        10**15, bases.BUREAU, moved_by=(EventKind.BUREAU,),
        remedy_hint=_("Pay back debts with other lenders."),
    ),
    _told(
        "outside_lenders", "number", _("other lenders with open debts"), SignalSource.BUREAU, 45,
        10_000, bases.BUREAU, moved_by=(EventKind.BUREAU,),
        remedy_hint=_("Pay back debts with other lenders."),
    ),
    _told(
        "bureau_inquiries_30d", "count", _("bureau inquiries by lenders in 30 days"),
        SignalSource.BUREAU, 30, 10_000, bases.BUREAU, moved_by=(EventKind.BUREAU,),
        remedy_hint=_WAIT,
    ),
)  # fmt: skip
VERIFICATION_ENTRIES = (
    _verified(
        "identity_status", _("identity status"), tuple(status.value for status in IdentityStatus)
    ),
    _verified("name_comparison", _("name against the bureau"), _COMPARISONS),
    _verified("id_number_comparison", _("ID number against the bureau"), _COMPARISONS),
    _verified("phone_comparison", _("phone against the bureau"), _COMPARISONS),
)
