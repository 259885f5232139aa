"""Reading the catalogue in the customer's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from compliance.reasons import facts
from compliance.reasons.models import Reason


def catalogue() -> QuerySet[Reason]:
    """Every reason, in order of precedence."""
    return Reason.objects.order_by("precedence", "code")


def active_codes() -> frozenset[str]:
    """Codes a new policy or restriction may use."""
    return frozenset(Reason.objects.filter(is_active=True).values_list("code", flat=True))


def ids_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Raises: Missing when a code is not in the catalogue."""
    wanted = set(codes)
    found = dict(Reason.objects.filter(code__in=wanted).values_list("code", "id"))
    if len(found) != len(wanted):
        raise Missing(_("No such reason in the catalogue."), code="reason_unknown")
    return found


def refuse_retired(*, code: str) -> None:
    """Raises: Missing when people may not, or no longer, restrict for this reason."""
    if not Reason.objects.filter(code=code, is_active=True).exists():
        raise Missing(_("No such reason in use."), code="reason_unknown")


def reason(*, code: str, language: str) -> facts.Reason:
    """Raises: Missing."""
    found = reasons(codes=[code], language=language)
    if not found:
        raise Missing(_("No such reason in the catalogue."), code="reason_unknown")
    return found[0]


def reasons(*, codes: Iterable[str], language: str) -> tuple[facts.Reason, ...]:
    """The given reasons in one language, most important first; unknown codes are left out."""
    rows = catalogue().filter(code__in=set(codes))
    return tuple(in_language(row, language=language) for row in rows)


def in_language(row: Reason, *, language: str) -> facts.Reason:
    is_chinese = language.lower().startswith("zh")
    return facts.Reason(
        code=row.code,
        level=facts.Level(row.level),
        precedence=row.precedence,
        text=row.text_zh if is_chinese else row.text_en,
        remedy=row.remedy_zh if is_chinese else row.remedy_en,
        is_appealable=row.is_appealable,
        ends_by=facts.EndsBy(row.ends_by),
        legal_basis=row.legal_basis,
    )
