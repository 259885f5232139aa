"""A case as its page shows it: both sides masked, what differs marked by words and a sign; and in
clear, with the characters that differ marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.customers.rules import masked
from accounts.verification import queries
from accounts.verification.facts import Comparison, Identity
from accounts.verification.matching import comparable, compare
from accounts.verification.models import ComparisonChoice, IdentityCase
from accounts.verification.rules import birth_date_in, county_in
from backoffice.lib import clock

FIELD_LABELS = {
    "legal_name": _("legal name"), "id_number": _("ID number"), "phone": _("phone"),
}  # fmt: skip


Sides = Sequence[tuple[str, str | None, str | None]]  # field, ours, the bureau's


def case_page(case: IdentityCase) -> dict[str, Any]:
    """Masked values only."""
    shown = queries.sides(case)
    following = queries.next_case(after_id=case.pk)
    return {
        "case": case,
        "record": queries.compared_record(customer_id=case.customer_id),
        "sides": [
            _row(name, mine or "", other or "", result)
            for (name, mine, other), result in zip(shown, _results(shown), strict=True)
        ],
        "next_case": following,
    }


def in_clear(shown: Sides) -> list[dict[str, Any]]:
    """Both sides cut where they differ, and what an ID number says by itself.

    Shape: `ours` and `theirs` are (text, differs).
    """
    rows = []
    for (name, mine, other), result in zip(shown, _results(shown), strict=True):
        is_different = result not in (Comparison.MATCH, Comparison.MISSING)
        ours, theirs = _cut(mine or "", other or "", is_different=is_different)
        said = [_read_off(text or "") if name == "id_number" else "" for text in (mine, other)]
        rows.append(
            {
                "label": FIELD_LABELS[name], "is_different": is_different,
                "ours": ours, "theirs": theirs, "ours_says": said[0], "theirs_say": said[1],
            }
        )  # fmt: skip
    return rows


def _results(shown: Sides) -> tuple[Comparison, Comparison, Comparison]:
    ours = Identity(*(value for _name, value, _theirs in shown))
    theirs = Identity(*(value for _name, _ours, value in shown))
    found = compare(ours, theirs, today=clock.business_date(clock.now()))
    return found.name, found.id_number, found.phone


def _read_off(id_number: str) -> str:
    """The county of first registration under its name at birth, and the date of birth."""
    number = comparable("id_number", id_number)
    county, born = county_in(number), birth_date_in(number)
    if county is None:
        return str(born or "")
    is_whole_province = number[2:6] == "0000"  # residence permits
    return f"{'' if is_whole_province else county.province}{county.name} {born}"


def _cut(
    ours: str, theirs: str, *, is_different: bool
) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Values that agree in another spelling are left whole; of one length, places are compared."""
    if not is_different:
        return [(ours, False)] if ours else [], [(theirs, False)] if theirs else []
    if len(ours) == len(theirs):
        pairs = list(zip(ours, theirs, strict=True))
        return [(a, a != b) for a, b in pairs], [(b, a != b) for a, b in pairs]
    moves = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    return (
        [(ours[a:b], how != "equal") for how, a, b, _c, _d in moves if a < b],
        [(theirs[c:d], how != "equal") for how, _a, _b, c, d in moves if c < d],
    )


def _row(name: str, ours: str, theirs: str, result: Comparison) -> dict[str, Any]:
    return {
        "label": FIELD_LABELS[name],
        "ours": masked(name, ours),
        "theirs": masked(name, theirs),
        "result": result.value,
        "result_words": ComparisonChoice(result.value).label,
        "is_same": result is Comparison.MATCH,
        "is_absent": result is Comparison.MISSING,
        "hint": _hint(name, ours, theirs) if result is not Comparison.MATCH else "",
    }


def _hint(name: str, ours: str, theirs: str) -> str:
    """Where masks hide the difference: how much differs, and nothing of what."""
    if not ours or not theirs:
        return ""
    mine, other = comparable(name, ours), comparable(name, theirs)
    if mine == other:
        return ""
    if len(mine) != len(other):
        return _now("%(ours)s characters against %(theirs)s") % {
            "ours": len(mine), "theirs": len(other),
        }  # fmt: skip
    places = [place for place, pair in enumerate(zip(mine, other, strict=True), start=1)
              if pair[0] != pair[1]]  # fmt: skip
    if len(places) == len(mine):
        return _now("every character differs")
    if len(places) > 3:
        return (
            _now("most characters differ")
            if len(places) * 2 > len(mine)
            else _now("several characters differ")
        )
    return ngettext("character %(places)s differs", "characters %(places)s differ", len(places)) % {
        "places": ", ".join(map(str, places))
    }
