"""The resident identity number, and what standing follows from checks and comparisons. Pure.

Source: GB 11643-1999 (18 digits: region GB/T 2260, birth date, sequence, check character by
ISO 7064 MOD 11-2). Cards with the 15-digit numbers of GB 11643-1989 lost their force on
2013-01-01 (Resident Identity Card Law, amended 2011-10-29): such a number is no identity number
any more, but it still tells who somebody is, and `upgraded` says under which number today.
"""

from __future__ import annotations

import datetime as dt
import re

from stdnum.cn import ric

from accounts.customers.rules import normalised_id_number
from accounts.verification.facts import Comparison, IdentityStatus, Method, Region, Result, Ruling
from accounts.verification.regions import counties, region_of

EARLIEST_BIRTH_YEAR = 1850
AGE_AT_MOST = 150
_OLD = re.compile(r"[0-9]{15}")
_TAIL = re.compile(r"\.0+$")
# GB 11643-1989 kept these sequence numbers for people then over a hundred.
_CENTENARIANS = frozenset({"996", "997", "998", "999"})


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
    if born is None or not today.year - AGE_AT_MOST <= born.year or born > today:
        return "id_birth_date"
    if number[-1] != ric.calc_check_digit(number):
        return "id_check_digit"
    # Known at any time: a number names the county of first registration, which may be long after
    # birth, and offices went on giving abolished codes; so the years only choose the name shown.
    return None if counties(number[:6]) else "id_region"


def without_spreadsheet_marks(text: str) -> str:
    """The number a spreadsheet marked as text ('1, ="1") or wrote as a decimal (1.0)."""
    plain = text.strip()
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1]
    return _TAIL.sub("", plain.removeprefix("'"))


def birth_date_in(id_number: str) -> dt.date | None:
    """The date of birth an identity number states; None when it is no date or before 1850."""
    digits = normalised_id_number(id_number)[6:14]
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        found = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if found.year >= EARLIEST_BIRTH_YEAR else None


def upgraded(id_number: str) -> str:
    """A 15-digit number as its 18 digits today; anything else as it is, normalised."""
    number = normalised_id_number(id_number)
    if not _OLD.fullmatch(number):
        return number
    century = "18" if number[12:] in _CENTENARIANS else "19"
    digits = number[:6] + century + number[6:]
    return digits + str(ric.calc_check_digit(digits + "0"))


def county_in(id_number: str) -> Region | None:
    """The county an identity number names, as it was called in the year of birth."""
    born = birth_date_in(id_number)
    return region_of(normalised_id_number(id_number)[:6], born_in=born.year) if born else None


def proves_identity(method: Method) -> bool:
    """An SMS code shows who holds a phone, whichever way it goes; it never says who they are."""
    return method is not Method.SMS_CODE


def status_of(
    *,
    last_result: Result | None,
    name: Comparison,
    id_number: Comparison,
    ruling: Ruling | None = None,
) -> IdentityStatus:
    """A failed check counts first, then who the person is; a phone alone is no other person.

    `last_result` is of the newest check that proves identity and came to a result; `ruling` is
    what staff said of exactly these values. Nobody can rule that an impossible number is right.
    """
    if last_result is Result.FAILED:
        return IdentityStatus.FAILED
    differs = Comparison.DIFFERS in (name, id_number) and ruling is not Ruling.SAME_PERSON
    if differs or id_number is Comparison.INVALID or ruling is Ruling.OTHER_PERSON:
        return IdentityStatus.MISMATCH
    if last_result is Result.PASSED:
        return IdentityStatus.VERIFIED
    return IdentityStatus.UNVERIFIED
