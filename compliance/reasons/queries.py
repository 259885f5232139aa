"""Reading the catalogue in the customer's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from compliance.reasons import facts
from compliance.reasons.models import Reason

# As text: every decision reads this, and building it from the model costs more than running it.
_TOLD = """
SELECT code, level, precedence,
       CASE WHEN %(is_chinese)s THEN text_zh ELSE text_en END,
       CASE WHEN %(is_chinese)s THEN remedy_zh ELSE remedy_en END,
       is_appealable, ends_by, legal_basis
FROM compliance_reason WHERE code = ANY(%(codes)s) ORDER BY precedence, code
"""


def catalogue() -> QuerySet[Reason]:
    """Every reason, in order of precedence."""
    return Reason.objects.order_by("precedence", "code")


def active_codes() -> frozenset[str]:
    """Codes a new policy or restriction may use."""
    return frozenset(Reason.objects.filter(is_active=True).values_list("code", flat=True))


def wordings() -> dict[str, facts.Wording]:
    """Every reason ever catalogued by code: whether it is in use and said in every language.

    The table refuses empty texts; whoever publishes relies on it here and not there.
    """
    rows = Reason.objects.values_list(
        "code", "is_active", "text_zh", "remedy_zh", "text_en", "remedy_en"
    )
    return {
        code: facts.Wording(
            code,
            is_active,
            tuple(
                language
                for language, texts in (("zh-hans", chinese), ("en", english))
                if not all(text.strip() for text in texts)
            ),
        )
        for code, is_active, *texts in rows
        for chinese, english in [(texts[:2], texts[2:])]
    }


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
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"is_chinese": _is_chinese(language), "codes": list(set(codes))})
        rows = cursor.fetchall()
    return tuple(
        facts.Reason(
            code=row[0],
            level=facts.Level(row[1]),
            precedence=row[2],
            text=row[3],
            remedy=row[4],
            is_appealable=row[5],
            ends_by=facts.EndsBy(row[6]),
            legal_basis=row[7],
        )
        for row in rows
    )


def in_language(row: Reason, *, language: str) -> facts.Reason:
    is_chinese = _is_chinese(language)
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


def _is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")
