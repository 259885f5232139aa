"""The resident identity number (GB 11643), and two records of one person compared."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.verification.facts import Comparison, IdentityStatus, Method, Result
from accounts.verification.rules import (
    birth_date_in,
    compare_id_numbers,
    compare_names,
    compare_phones,
    id_number_fault,
    proves_identity,
    status_of,
)

TODAY = dt.date(2026, 6, 1)
GOOD = "11010519491231002X"  # the standard's own example
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def numbered(region: str = "110105", born: str = "19491231", sequence: str = "002") -> str:
    """A number with the check character of the standard's own table (GB 11643-1999, annex A)."""
    digits = f"{region}{born}{sequence}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


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
        (numbered(region="110110", born="19870101"), "id_region"),  # abolished in 1986
    ],
)
def test_what_is_wrong_is_said_as_a_code(text: str, expected: str) -> None:
    assert fault(text) == expected


@pytest.mark.parametrize(
    ("region", "born"),
    [
        ("110105", "20260601"),  # born today
        ("110112", "19500101"),  # Tongzhou has its code since 1997: first registered there later
        ("110110", "19861231"),  # … and this one until 1986
        ("441900", "19700101"),  # a city without counties
        ("810000", "19500101"),  # residence permits: Hong Kong,
        ("820000", "19900101"),  # Macao
        ("830000", "19900101"),  # and Taiwan
    ],
)
def test_a_region_is_right_when_its_code_was_in_force_at_or_after_birth(
    region: str, born: str
) -> None:
    assert fault(numbered(region, born)) is None


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


@pytest.mark.shared_data
def test_every_county_code_of_the_standard_is_known_while_it_was_in_force() -> None:
    path = Path(settings.ROOT).parent / "shared" / "data" / "gbt2260_codes.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7_141
    last_year: dict[str, int] = {}
    for row in rows:  # a code given up and used again has several rows
        end = int(row["valid_to"] or 9999)
        last_year[row["code"]] = max(end, last_year.get(row["code"], 0))
    for code, end in last_year.items():
        if end >= 1950:
            assert fault(numbered(code, f"{min(end, 2025)}0101")) is None, code
        if end < 2025:
            assert fault(numbered(code, f"{end + 1}0101")) == "id_region", code
    unknown = [
        f"{prefix}{county:02}"
        for prefix, county in itertools.product({code[:4] for code in last_year}, range(100))
        if f"{prefix}{county:02}" not in last_year
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


MATCH, TYPO, DIFFERS = Comparison.MATCH, Comparison.TYPO, Comparison.DIFFERS
INVALID, MISSING = Comparison.INVALID, Comparison.MISSING


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("张小明", "张小明", MATCH),
        ("张小明", " 张　小明 ", MATCH),
        ("Zhang San", "ＺＨＡＮＧ　ＳＡＮ", MATCH),
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提", MATCH),
        ("阿卜杜拉·买买提", "阿卜杜拉・买买提", MATCH),
        ("阿卜杜拉·买买提", "阿卜杜拉⋅买买提", MATCH),
        ("阿卜杜拉·买买提", "阿卜杜拉.买买提", MATCH),
        ("阿卜杜拉·买买提", "阿卜杜拉买买提", TYPO),  # the dot dropped
        ("张小明", "张晓明", TYPO),
        ("张小明", "张明", TYPO),
        ("张小明", "张小小明", TYPO),
        ("张小明", "张明小", TYPO),
        ("San Zhang", "Zhang San", TYPO),
        ("Zhang San Feng", "Feng Zhang San", TYPO),
        ("张小明", "李小红", DIFFERS),
        ("张小明", "明小张", DIFFERS),
        ("张小明", "张小明明明", DIFFERS),
        ("张", "李", DIFFERS),
        ("张三", "三", DIFFERS),
        ("张小明", None, MISSING),
        (None, "张小明", MISSING),
        ("", "张小明", MISSING),
    ],
)
def test_names_match_slip_or_differ(
    ours: str | None, theirs: str | None, expected: Comparison
) -> None:
    assert compare_names(ours, theirs) is expected
    assert compare_names(theirs, ours) is expected


names = st.text("张王李小明红·ab", min_size=2, max_size=6)


@given(names, st.data())
def test_one_slip_is_never_more_than_a_typo(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    slips = {
        "changed": name[:at] + "赵" + name[at + 1 :],
        "added": name[:at] + "赵" + name[at:],
        "swapped": name[: max(at - 1, 0)] + name[max(at - 1, 0) : at + 1][::-1] + name[at + 1 :],
    }
    for slip in slips.values():
        assert compare_names(name, slip) in (MATCH, TYPO)


@given(names, names)
def test_comparing_names_has_no_direction(one: str, other: str) -> None:
    assert compare_names(one, other) is compare_names(other, one)
    assert compare_names(one, one) is MATCH


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (GOOD, GOOD.lower(), MATCH),
        (GOOD, numbered(sequence="004"), DIFFERS),
        (GOOD, None, MISSING),
        (None, GOOD, MISSING),
        (None, None, MISSING),
        ("123", "123", INVALID),
        ("123", None, INVALID),
        (numbered(region="119999"), GOOD, INVALID),
        (GOOD, "whatever the bureau has", DIFFERS),
    ],
)
def test_our_own_number_must_be_possible_before_it_is_compared(
    ours: str | None, theirs: str | None, expected: Comparison
) -> None:
    assert compare_id_numbers(ours, theirs, today=TODAY) is expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("13812345678", "+86 138-1234-5678", MATCH),
        ("13812345678", "008613812345678", MATCH),
        ("13812345678", "１３８１２３４５６７８", MATCH),
        ("13812345678", "13812345679", DIFFERS),
        ("13812345678", None, MISSING),
        (None, "13812345678", MISSING),
    ],
)
def test_phones_are_compared_by_their_digits(
    ours: str | None, theirs: str | None, expected: Comparison
) -> None:
    assert compare_phones(ours, theirs) is expected


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
