"""The resident identity number, and comparing two records of one person. Pure.

Source: GB 11643-1999 (18 digits: region GB/T 2260, birth date, sequence, check character by
ISO 7064 MOD 11-2); the 15-digit numbers before it have no check character and are not accepted.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from accounts.verification.facts import Comparison, IdentityStatus, Result

_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_DOTS = str.maketrans(dict.fromkeys("•‧∙・.", "·"))


def normalised_id_number(text: str) -> str:
    """Half width, no spaces, capital X."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


def normalised_name(text: str) -> str:
    """Half width, no spaces, one kind of middle dot, one case."""
    plain = unicodedata.normalize("NFKC", text).translate(_DOTS)
    return _SPACES.sub("", plain).casefold()


def normalised_phone(text: str) -> str:
    """Digits only, without the country code of mainland China."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 11:
            return digits[len(prefix) :]
    return digits


def id_number_fault(text: str) -> str | None:
    """Why this can be no resident identity number, as a code; None when it can.

    Codes: id_length, id_characters, id_region, id_birth_date, id_check_digit.
    """
    number = normalised_id_number(text)
    if len(number) != 18:
        return "id_length"
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return "id_characters"
    if birth_date_in(number) is None:
        return "id_birth_date"
    if number[-1] != ric.calc_check_digit(number):
        return "id_check_digit"
    try:
        ric.get_birth_place(number)
    except (ValidationError, KeyError):  # the library raises KeyError for some regions
        return "id_region"
    return None


def birth_date_in(id_number: str) -> dt.date | None:
    """The date of birth an identity number states; None when it is no date or before 1850."""
    try:
        found = dt.datetime.strptime(normalised_id_number(id_number)[6:14], "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return None
    return found if found.year >= 1850 else None


def compare_names(ours: str | None, theirs: str | None) -> Comparison:
    """MATCH, TYPO (one slip: a character changed, added, dropped or two swapped), or DIFFERS."""
    if not ours or not theirs:
        return Comparison.MISSING
    mine, other = normalised_name(ours), normalised_name(theirs)
    if mine == other:
        return Comparison.MATCH
    is_long_enough = min(len(mine), len(other)) >= 2
    return Comparison.TYPO if is_long_enough and _one_slip(mine, other) else Comparison.DIFFERS


def compare_id_numbers(ours: str | None, theirs: str | None) -> Comparison:
    """INVALID when our own number cannot be right, whatever the bureau has."""
    if not ours:
        return Comparison.MISSING
    if id_number_fault(ours):
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


def status_of(
    *,
    last_result: Result | None,
    name: Comparison,
    id_number: Comparison,
) -> IdentityStatus:
    """A failed check counts first, then who the person is; a phone alone is no other person."""
    if last_result is Result.FAILED:
        return IdentityStatus.FAILED
    if name is Comparison.DIFFERS or id_number in (Comparison.DIFFERS, Comparison.INVALID):
        return IdentityStatus.MISMATCH
    if last_result is Result.PASSED:
        return IdentityStatus.VERIFIED
    return IdentityStatus.UNVERIFIED


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
