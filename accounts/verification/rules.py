"""The resident identity number, and comparing two records of one person. Pure.

Source: GB 11643-1999 (18 digits: region GB/T 2260, birth date, sequence, check character by
ISO 7064 MOD 11-2); the 15-digit numbers before it have no check character and are not accepted.
"""

from __future__ import annotations

import datetime as dt
import re

from stdnum import numdb
from stdnum.cn import ric

from accounts.customers.rules import normalised_id_number, normalised_name, normalised_phone
from accounts.verification.facts import Comparison, IdentityStatus, Method, Result

_REGIONS = numdb.get("cn/loc")  # GB/T 2260, with the years each code was in force

# Residence permits for people from Hong Kong, Macao and Taiwan number like identity cards, with
# these in place of a county (State Council, in force since 2018-09-01). The list lacks the last.
_PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})
_YEARS = re.compile(r"\[(?P<start>\d*)-(?P<end>\d*)\]")


def id_number_fault(text: str, *, today: dt.date) -> str | None:
    """Why this can be no resident identity number, as a code; None when it can.

    Codes: id_length, id_characters, id_birth_date, id_check_digit, id_region.
    """
    number = normalised_id_number(text)
    if len(number) != 18:
        return "id_length"
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return "id_characters"
    born = birth_date_in(number)
    if born is None or born > today:
        return "id_birth_date"
    if number[-1] != ric.calc_check_digit(number):
        return "id_check_digit"
    return None if _is_region(number[:6], born_in=born.year) else "id_region"


def birth_date_in(id_number: str) -> dt.date | None:
    """The date of birth an identity number states; None when it is no date or before 1850."""
    digits = normalised_id_number(id_number)[6:14]
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        found = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if found.year >= 1850 else None


def _is_region(code: str, *, born_in: int) -> bool:
    """Whether some county had this code in or after that year.

    Numbers name the county of first registration, which may be long after birth: a code younger
    than its bearer is right, one abolished before they were born is not. (The library's own
    check wants the code to be in force in the year of birth, and raises KeyError for an unknown
    county of a known province.)
    """
    if code in _PERMIT_REGIONS:
        return True
    found = {key: text for _part, known in _REGIONS.info(code) for key, text in known.items()}
    for county in found.get("county", "").split(","):
        years = _YEARS.match(county)
        if county and (years is None or not years["end"] or int(years["end"]) >= born_in):
            return True
    return False


def compare_names(ours: str | None, theirs: str | None) -> Comparison:
    """MATCH, TYPO or DIFFERS.

    A typo is one slip: a character changed, added, dropped, two neighbours swapped, or the same
    words in another order.
    """
    if not ours or not theirs:
        return Comparison.MISSING
    mine, other = normalised_name(ours), normalised_name(theirs)
    if mine == other:
        return Comparison.MATCH
    if min(len(mine), len(other)) < 2:
        return Comparison.DIFFERS
    is_typo = _one_slip(mine, other) or _words(ours) == _words(theirs)
    return Comparison.TYPO if is_typo else Comparison.DIFFERS


def compare_id_numbers(ours: str | None, theirs: str | None, *, today: dt.date) -> Comparison:
    """INVALID when our own number cannot be right, whatever the bureau has."""
    if not ours:
        return Comparison.MISSING
    if id_number_fault(ours, today=today):
        return Comparison.INVALID
    if not theirs:
        return Comparison.MISSING
    same = normalised_id_number(ours) == normalised_id_number(theirs)
    return Comparison.MATCH if same else Comparison.DIFFERS


def compare_phones(ours: str | None, theirs: str | None) -> Comparison:
    if not ours or not theirs:
        return Comparison.MISSING
    same = normalised_phone(ours) == normalised_phone(theirs)
    return Comparison.MATCH if same else Comparison.DIFFERS


def proves_identity(method: Method) -> bool:
    """An SMS code shows who holds a phone, whichever way it goes; it never says who they are."""
    return method is not Method.SMS_CODE


def status_of(
    *,
    last_result: Result | None,
    name: Comparison,
    id_number: Comparison,
) -> IdentityStatus:
    """A failed check counts first, then who the person is; a phone alone is no other person.

    `last_result` is of the newest check that proves identity and came to a result.
    """
    if last_result is Result.FAILED:
        return IdentityStatus.FAILED
    if name is Comparison.DIFFERS or id_number in (Comparison.DIFFERS, Comparison.INVALID):
        return IdentityStatus.MISMATCH
    if last_result is Result.PASSED:
        return IdentityStatus.VERIFIED
    return IdentityStatus.UNVERIFIED


def _words(text: str) -> list[str]:
    return sorted(normalised_name(word) for word in text.split())


def _one_slip(a: str, b: str) -> bool:
    """Whether one edit (or one swap of neighbours) turns a into b."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    start = 0
    while start < len(a) and a[start] == b[start]:
        start += 1
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    swapped = a[start : start + 2] == b[start : start + 2][::-1]
    return a[start + 1 :] == b[start + 1 :] or (swapped and a[start + 2 :] == b[start + 2 :])
