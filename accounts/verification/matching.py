"""Two records of one person, field by field, and the one finding they add up to. Pure.

The method and the order of its rules stand in docs/identity.md. Stored fingerprints of customers
use the plainer forms of `accounts.customers.rules`, which must never change; these may.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from accounts.customers.rules import normalised_id_number, normalised_name
from accounts.verification.facts import Cause, Comparison, Finding, Identity, Verdict
from accounts.verification.rules import (
    birth_date_in,
    id_number_fault,
    upgraded,
    without_spreadsheet_marks,
)

_VARIANTS = Path(__file__).with_name("variants.txt")
# Three letters are taken along, ㆍ (in its one width), ᐧ and ꞏ: people write them for the dot.
_NOT_A_LETTER = re.compile("[\\W_\u119e\u1427\ua78f]+")
# A mobile, or an area and a number, behind a country code or a trunk 0.
_MAINLAND = re.compile(r"(?:86)?0?([1-9][0-9]{9,10})")
_NOT_A_DIGIT, _ABROAD = re.compile(r"[^0-9]+"), re.compile(r"^00+")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T\s].*)?")
_GENDERS = {
    **dict.fromkeys(("1", "m", "male", "man", "男", "男性", "先生"), "male"),
    **dict.fromkeys(("2", "f", "female", "woman", "女", "女性", "女士"), "female"),
}
_FAULTS = {
    "id_length": Cause.BAD_LENGTH, "id_characters": Cause.BAD_CHARACTERS,
    "id_birth_date": Cause.BAD_BIRTH_DATE, "id_check_digit": Cause.BAD_CHECK_DIGIT,
    "id_region": Cause.UNKNOWN_REGION,
}  # fmt: skip
_SAME, _SLIP, _OTHER = Comparison.MATCH, Comparison.TYPO, Comparison.DIFFERS
_ABSENT, _WRONG = Comparison.MISSING, Comparison.INVALID


def compare(ours: Identity, theirs: Identity | None, *, today: dt.date) -> Verdict:
    """Our profile against the bureau's record; None when the bureau has none."""
    theirs = theirs or Identity(None, None, None)
    name = compare_names(ours.name, theirs.name)
    id_number = compare_id_numbers(ours.id_number, theirs.id_number, today=today)
    phone = compare_phones(ours.phone, theirs.phone)
    finding, cause = _finding(ours, theirs, name, id_number, phone, today)
    return Verdict(finding, cause, name, id_number, phone)


def compare_names(ours: str | None, theirs: str | None) -> Comparison:
    """MATCH, TYPO or DIFFERS.

    A typo is one slip: a character changed, added, dropped, two neighbours swapped, or the same
    words in another order.
    """
    mine, other = comparable_name(ours or ""), comparable_name(theirs or "")
    if not mine or not other:
        return _ABSENT
    if mine == other:
        return _SAME
    if min(len(mine), len(other)) < 2:
        return _OTHER
    is_typo = _one_slip(mine, other) or _words(ours or "") == _words(theirs or "")
    return _SLIP if is_typo else _OTHER


def compare_id_numbers(ours: str | None, theirs: str | None, *, today: dt.date) -> Comparison:
    """INVALID when our own number cannot be right, whatever the bureau has.

    Two such numbers pass when the bureau has the same: one in the old 15 digits, and one from a
    county the list does not know.
    """
    mine, other = comparable_id_number(ours or ""), comparable_id_number(theirs or "")
    if not mine:
        return _ABSENT
    fault = id_number_fault(mine, today=today)
    if fault == "id_region" and mine == other:
        return _SAME
    if fault or (_is_old(ours or "") and mine != other):
        return _WRONG
    if not other:
        return _ABSENT
    return _SAME if mine == other else _OTHER


def compare_phones(ours: str | None, theirs: str | None) -> Comparison:
    mine, other = comparable_phone(ours or ""), comparable_phone(theirs or "")
    if not mine or not other:
        return _ABSENT
    return _SAME if mine == other else _OTHER


def comparable_name(text: str) -> str:
    """Letters only, one width and case, simplified where a character has one simplified form."""
    plain = _NOT_A_LETTER.sub("", normalised_name(text))
    return plain.translate(_simplified())


def comparable_id_number(text: str) -> str:
    """Letters and digits only, one width, capital X, 18 digits where it has the old 15."""
    return upgraded(_id_characters(text))


def comparable_phone(text: str) -> str:
    """Digits only, without 00 before a country code; a mainland number without code and trunk 0."""
    plain = unicodedata.normalize("NFKC", without_spreadsheet_marks(text))
    digits = _ABROAD.sub("", _NOT_A_DIGIT.sub("", plain))
    found = _MAINLAND.fullmatch(digits)
    return found[1] if found else digits


def comparable(name: str, text: str) -> str:
    """The normal form of one field of a bureau's record."""
    return _FORMS[name](text)


def cause_of_fault(fault: str) -> Cause:
    """From a code of `id_number_fault`."""
    return _FAULTS[fault]


def _finding(
    ours: Identity,
    theirs: Identity,
    name: Comparison,
    id_number: Comparison,
    phone: Comparison,
    today: dt.date,
) -> tuple[Finding, Cause]:
    """The first that applies, in the order people are told apart."""
    if not any(map(comparable_name, filter(None, (theirs.name, theirs.id_number, theirs.phone)))):
        return Finding.MISSING, Cause.NO_RECORD
    if id_number in (_OTHER, _WRONG):
        return Finding.ID, _why_other_number(ours.id_number or "", theirs.id_number or "", today)
    if name in (_OTHER, _SLIP):
        return Finding.NAME, Cause.NEAR_NAME if name is _SLIP else Cause.OTHER_NAME
    if _differ(_day(ours.birth_date), _day(theirs.birth_date)):
        return Finding.ID, Cause.OTHER_BIRTH_DATE
    if _differ(_gender(ours.gender), _gender(theirs.gender)):
        return Finding.ID, Cause.OTHER_GENDER
    if phone is _OTHER:
        return Finding.PHONE, _why_other_phone(ours.phone or "", theirs.phone or "")
    for result, cause in (
        (id_number, Cause.NO_ID_NUMBER), (name, Cause.NO_NAME), (phone, Cause.NO_PHONE),
    ):  # fmt: skip
        if result is _ABSENT:
            return Finding.MISSING, cause
    return Finding.MATCH, Cause.NONE


def _why_other_number(ours: str, theirs: str, today: dt.date) -> Cause:
    """What is wrong with ours, else with theirs; two possible numbers are two people."""
    for text in (ours, theirs):
        number = comparable_id_number(text)
        if number and (fault := id_number_fault(number, today=today)):
            return cause_of_fault(fault)
    return Cause.OTHER_PERSON if theirs else Cause.BAD_LENGTH


def _why_other_phone(ours: str, theirs: str) -> Cause:
    near = _one_slip(comparable_phone(ours), comparable_phone(theirs))
    return Cause.NEAR_PHONE if near else Cause.OTHER_PHONE


def _differ(ours: object, theirs: object) -> bool:
    return ours is not None and theirs is not None and ours != theirs


def _day(text: str | None) -> dt.date | None:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text or "").strip())
    if found is None:
        return None
    return birth_date_in(f"000000{found[1]}{int(found[2]):02}{int(found[3]):02}")


def _gender(text: str | None) -> str | None:
    return _GENDERS.get(unicodedata.normalize("NFKC", text or "").strip().casefold())


def _id_characters(text: str) -> str:
    return _NOT_A_LETTER.sub("", normalised_id_number(without_spreadsheet_marks(text)))


def _is_old(text: str) -> bool:
    return len(_id_characters(text)) == 15


def _words(text: str) -> list[str]:
    return sorted(filter(None, map(comparable_name, text.split())))


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


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    lines = _VARIANTS.read_text(encoding="utf-8").splitlines()
    pairs = " ".join(line for line in lines if not line.startswith("#")).split()
    return str.maketrans({pair[0]: pair[1] for pair in pairs})


_FORMS = {
    "legal_name": comparable_name, "id_number": comparable_id_number, "phone": comparable_phone,
}  # fmt: skip
