"""The resident identity number (GB 11643), and two records of one person compared."""

from __future__ import annotations

import csv
import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.verification.facts import Comparison, IdentityStatus, Method, Result
from accounts.verification.rules import (
    birth_date_in,
    county_in,
    id_number_fault,
    proves_identity,
    status_of,
    upgraded,
)
from tests.accounts.verification.numbers import GOOD, numbered
from tests.shared_data import shared_file

TODAY = dt.date(2026, 6, 1)


def fault(text: str) -> str | None:
    return id_number_fault(text, today=TODAY)


def test_the_standard_s_own_example_is_right() -> None:
    assert numbered() == GOOD
    assert fault(GOOD) is None


@pytest.mark.parametrize(
    "text",
    [
        GOOD.lower(),
        f" {GOOD[:6]} {GOOD[6:14]} {GOOD[14:]} ",
        "１１０１０５１９４９１２３１００２Ｘ",
        f"\ufeff{GOOD}",
        f"110105\u200b{GOOD[6:]}",
    ],
)
def test_width_case_and_spaces_do_not_matter(text: str) -> None:
    assert fault(text) is None
    assert birth_date_in(text) == dt.date(1949, 12, 31)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "id_length"),
        ("110105491231002", "id_length"),  # 15 digits, before 1999: not accepted
        (GOOD + "0", "id_length"),
        ("11010519491231002Y", "id_characters"),
        ("1101051949123100XX", "id_characters"),
        ("１１０１０５１９４９１２３１００２Ｙ", "id_characters"),
        ("11010519491231٠02X", "id_characters"),
        (numbered(born="19490229"), "id_birth_date"),
        (numbered(born="20261301"), "id_birth_date"),
        (numbered(born="18491231"), "id_birth_date"),
        (numbered(born="00000000"), "id_birth_date"),
        (numbered(born="20260602"), "id_birth_date"),  # tomorrow
        (numbered(born="29990101"), "id_birth_date"),
        (GOOD[:-1] + "1", "id_check_digit"),
        ("11010519491231020X", "id_check_digit"),
        (numbered(region="119999"), "id_region"),  # known province, unknown county: KeyError
        (numbered(region="990101"), "id_region"),
        (numbered(region="000000"), "id_region"),
        (numbered(born="18751231"), "id_birth_date"),  # more than 150 years ago
    ],
)
def test_what_is_wrong_is_said_as_a_code(text: str, expected: str) -> None:
    assert fault(text) == expected


@pytest.mark.parametrize(
    ("region", "born", "name"),
    [
        ("110105", "20260601", "朝阳区"),  # born today
        ("110112", "19500101", "通州区"),  # has its code since 1997: first registered there later
        ("110110", "19861231", "燕山区"),  # until 1986
        ("110110", "19870101", "燕山区"),  # … and given once more by a slow office
        ("120110", "19910101", "东郊区"),
        ("120110", "19920101", "东丽区"),  # the same code, renamed
        ("441900", "19700101", "东莞市"),  # a city without counties
        ("810000", "19500101", "香港特别行政区"),  # residence permits
        ("820000", "19900101", "澳门特别行政区"),
        ("830000", "19900101", "台湾居民"),
    ],
)
def test_a_region_known_at_any_time_is_right_and_has_the_name_of_its_time(
    region: str, born: str, name: str
) -> None:
    number = numbered(region, born)
    assert fault(number) is None
    found = county_in(number)
    assert found is not None
    assert found.name == name


def test_a_number_of_nowhere_or_without_a_date_has_no_region() -> None:
    assert county_in(numbered(region="119999")) is None
    assert county_in("110105") is None


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("110105491231002", GOOD),
        (" １１０１０５ 491231002", GOOD),
        (
            "110105491231996",
            numbered(born="18491231", sequence="996"),
        ),  # kept for the over-hundreds
        (GOOD.lower(), GOOD),
        ("E12345678", "E12345678"),
    ],
)
def test_an_old_number_has_one_number_today(old: str, today: str) -> None:
    assert upgraded(old) == today


@given(st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
def test_any_18_characters_get_an_answer(text: str) -> None:
    assert fault(text) in (None, "id_birth_date", "id_check_digit", "id_region")


@given(st.text(max_size=40))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert fault(text) != "" and birth_date_in(text) is not False  # noqa: PT018


@given(
    st.dates(dt.date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16),
    st.integers(1, 9),
)  # fmt: skip
def test_one_wrong_digit_is_always_noticed(
    born: dt.date, sequence: int, position: int, shift: int
) -> None:
    right = numbered(born=f"{born:%Y%m%d}", sequence=f"{sequence:03}")
    wrong = str((int(right[position]) + shift) % 10)
    assert fault(right) is None
    assert fault(right[:position] + wrong + right[position + 1 :]) is not None


@pytest.mark.shared_data("gbt2260_codes.csv")
def test_every_county_code_the_standard_ever_had_is_known_by_the_name_of_its_time() -> None:
    with shared_file("gbt2260_codes.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7_141
    known = {row["code"] for row in rows}
    for code in known:
        assert fault(numbered(code)) is None, code
    for row in rows:  # a code given up and used again has several rows
        since, until = int(row["valid_from"] or 1949), int(row["valid_to"] or 2026)
        if until - since < 2 or until < 1951:
            continue  # in a year of change two names are right
        named = county_in(numbered(row["code"], f"{max(since, until - 2) + 1}0101"))
        assert named is not None, row
        assert (named.name, named.province) == (row["name"], row["province"]), row
    unknown = [
        f"{prefix}{county:02}"
        for prefix, county in itertools.product({code[:4] for code in known}, range(100))
        if f"{prefix}{county:02}" not in known
    ]
    assert len(unknown) > 10_000
    for code in unknown[::7]:
        assert fault(numbered(code)) == ("id_region" if code != "830000" else None), code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD, dt.date(1949, 12, 31)), ("110105200002290011", dt.date(2000, 2, 29)),
        ("1101052001022900", None), ("11010519491", None), ("110105194912 3", None),
        ("110105+949-1-1002X", None), ("", None),
    ],
)  # fmt: skip
def test_a_birth_date_is_eight_digits_that_are_a_date(text: str, expected: dt.date | None) -> None:
    assert birth_date_in(text) == expected


DIFFERS, INVALID = Comparison.DIFFERS, Comparison.INVALID


def test_the_status_follows_from_check_name_and_number_alone() -> None:
    """The whole table: a failed check first, then who it is, then whether it was checked."""
    for last, name, number in itertools.product([None, *Result], Comparison, Comparison):
        status = status_of(last_result=last, name=name, id_number=number)
        if last is Result.FAILED:
            expected = IdentityStatus.FAILED
        elif name is DIFFERS or number in (DIFFERS, INVALID):
            expected = IdentityStatus.MISMATCH
        elif last is Result.PASSED:
            expected = IdentityStatus.VERIFIED
        else:
            expected = IdentityStatus.UNVERIFIED
        assert status is expected, (last, name, number)


def test_an_sms_code_proves_a_phone_and_nobody_s_identity() -> None:
    assert [method for method in Method if not proves_identity(method)] == [Method.SMS_CODE]
