"""Two records of one person, field by field, and the one finding they add up to."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.verification.facts import Cause, Comparison, Finding, Identity
from accounts.verification.matching import (
    _simplified,
    comparable_id_number,
    comparable_name,
    comparable_phone,
    compare,
    compare_id_numbers,
    compare_names,
    compare_phones,
)
from tests.accounts.verification.numbers import GOOD, numbered

TODAY = dt.date(2026, 6, 1)

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
        ("阿卜杜拉·买买提", "阿卜杜拉买买提", MATCH),  # many systems drop the dot
        ("阿卜杜拉·买买提", "阿卜杜拉-买买提", MATCH),
        ("張國偉", "张国伟", MATCH),
        ("鍾華", "钟华", TYPO),  # 鍾 may be 钟 or 锺: not certain
        ("张三", "张三（？）", MATCH),
        ("？？", "张三", MISSING),
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


@pytest.mark.parametrize("dot", list("·•‧∙⋅●・･.．。᛫･ㆍꞏᐧ‐-–—_'’ \u3000\u200b\ufeff"))
def test_whatever_stands_for_the_dot_in_a_name_it_is_the_same_name(dot: str) -> None:
    assert compare_names("阿卜杜拉·买买提", f"阿卜杜拉{dot}买买提") is MATCH


def test_no_simplified_form_has_another_simplified_form() -> None:
    """Else a name would depend on how often it was read."""
    forms = _simplified()
    assert len(forms) > 2_000
    assert [chr(simple) for simple in forms.values() if simple in forms] == []


names = st.text("张王李小明红ab", min_size=2, max_size=6)


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
        (GOOD, "110105491231002", MATCH),  # the bureau still has the old 15 digits
        ("110105491231002", GOOD, MATCH),
        ("110105491231002", "110105491231002", MATCH),
        ("110105491231002", numbered(sequence="004"), INVALID),
        ("110105491231002", None, INVALID),
        (GOOD, f"{GOOD[:6]}-{GOOD[6:14]}-{GOOD[14:]}", MATCH),
        (GOOD, "'" + GOOD, MATCH),  # as a spreadsheet marks text
        (numbered(region="119999"), numbered(region="119999"), MATCH),  # no list is complete
        (GOOD[:-1] + "1", GOOD[:-1] + "1", INVALID),
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
        ("13812345678", "013812345678", MATCH),
        ("13812345678", "+86 (0)138 1234 5678", MATCH),
        ("13812345678", "13812345678.0", MATCH),
        ("13812345678", "8613812345678", MATCH),
        ("01012345678", "010-1234-5678", MATCH),
        ("010-1234-5678", "+86 10 1234 5678", MATCH),
        ("0755-12345678", "0086 755 1234 5678", MATCH),
        ("0351-1234567", "86-351-1234567", MATCH),
        ("01012345678", "02112345678", DIFFERS),
        ("86123456", "123456", DIFFERS),  # no country code: what would be left is no number
        ("13812345678", "85213812345678", DIFFERS),
        ("+852 9123 4567", "00852 91234567", MATCH),
        ("13812345678", "'13812345678", MATCH),
        ("13812345678", None, MISSING),
        (None, "13812345678", MISSING),
    ],
)
def test_phones_are_compared_by_their_digits(
    ours: str | None, theirs: str | None, expected: Comparison
) -> None:
    assert compare_phones(ours, theirs) is expected


OURS = Identity("张小明", GOOD, "13812345678", "1949-12-31", "女")


def found(ours: Identity = OURS, theirs: Identity | None = OURS) -> tuple[Finding, Cause]:
    verdict = compare(ours, theirs, today=TODAY)
    return verdict.finding, verdict.cause


def changed(**fields: str | None) -> Identity:
    return dataclasses.replace(OURS, **fields)


@pytest.mark.parametrize(
    ("ours", "theirs", "finding", "cause"),
    [
        ({}, {}, "match", ""),
        ({"gender": "F", "birth_date": "1949/12/31"}, {"birth_date": "19491231"}, "match", ""),
        ({"birth_date": "1949年12月31日"}, {"birth_date": "1949-12-31 00:00:00"}, "match", ""),
        ({"gender": "0"}, {"gender": "unknown"}, "match", ""),
        ({}, {"phone": "13812345679"}, "phone", "near_phone"),
        ({}, {"phone": "13812345687"}, "phone", "near_phone"),
        ({}, {"phone": "13900001111"}, "phone", "other_phone"),
        ({}, {"name": "张晓明"}, "name", "near_name"),
        ({}, {"name": "小张明"}, "name", "near_name"),
        ({}, {"name": "李红"}, "name", "other_name"),
        ({"id_number": GOOD[:-1] + "1"}, {}, "id", "bad_check_digit"),
        ({}, {"id_number": GOOD[:-1] + "1"}, "id", "bad_check_digit"),
        ({"id_number": GOOD[:-1]}, {}, "id", "bad_length"),
        ({}, {"id_number": numbered(born="19490231")}, "id", "bad_birth_date"),
        ({}, {"id_number": numbered(region="119999")}, "id", "unknown_region"),
        ({}, {"id_number": GOOD[:-1] + "Y"}, "id", "bad_characters"),
        ({}, {"id_number": numbered(sequence="004")}, "id", "other_person"),
        ({}, {"birth_date": "1949-12-30"}, "id", "other_birth_date"),
        ({}, {"gender": "男"}, "id", "other_gender"),
        ({}, {"id_number": None}, "missing", "no_id_number"),
        ({"name": ""}, {}, "missing", "no_name"),
        ({"phone": None}, {}, "missing", "no_phone"),
        ({}, {"name": None, "id_number": "", "phone": " "}, "missing", "no_record"),
    ],
)
def test_one_finding_and_why(
    ours: dict[str, Any], theirs: dict[str, Any], finding: str, cause: str
) -> None:
    assert found(changed(**ours), changed(**theirs)) == (Finding(finding), Cause(cause))


def test_a_bureau_that_has_nothing_is_missing_whatever_we_have() -> None:
    assert found(theirs=None) == (Finding.MISSING, Cause.NO_RECORD)
    assert found(changed(id_number="1"), None) == (Finding.MISSING, Cause.NO_RECORD)


def test_of_several_differences_the_one_that_tells_most_is_named() -> None:
    """Number, name, birth date, gender, phone, and only then what is absent."""
    other = {
        "id_number": numbered(sequence="004"), "name": "李红", "birth_date": "1950-01-01",
        "gender": "男", "phone": "13900001111",
    }  # fmt: skip
    named = []
    for field in list(other):
        named.append(found(theirs=changed(**other))[1].value)
        other.pop(field)
    assert named == ["other_person", "other_name", "other_birth_date", "other_gender",
                     "other_phone"]  # fmt: skip
    assert found(theirs=changed(name="李红", phone=None))[0] is Finding.NAME
    assert found(theirs=changed(phone="13900001111", name=None))[0] is Finding.PHONE


texts = st.text(max_size=30)


@given(texts, texts, texts, texts)
def test_any_text_at_all_gets_a_finding_and_anything_matches_itself(
    name: str, number: str, phone: str, other: str
) -> None:
    one = Identity(name, number, phone, other, other)
    compare(one, Identity(other, name, number, phone, phone), today=TODAY)
    assert found(one, one)[0] in (Finding.MATCH, Finding.MISSING, Finding.ID)


FORMS = (comparable_name, comparable_id_number, comparable_phone)
phones = st.text("0123456789+-() .８６０'", max_size=20)
numbers = st.text("0123456789Xxｘ１ -.'=\"", max_size=22)
written_names = st.text("张張鍾小明 ·•・．.-ab ＡB\u200bﬁßŉ", max_size=12)


@given(texts | phones | numbers | written_names)
def test_normal_forms_stay_as_they_are(text: str) -> None:
    for form in FORMS:
        assert form(form(text)) == form(text)


possible = st.builds(
    lambda day, sequence: numbered(born=f"{day:%Y%m%d}", sequence=f"{sequence:03}"),
    st.dates(dt.date(1999, 12, 30), dt.date(2000, 1, 2)), st.integers(0, 3),
)  # fmt: skip
sides = st.builds(
    Identity, written_names | st.none(), possible | st.none(), phones | st.none(),
    st.sampled_from([None, "2000-01-01", "20000102"]), st.sampled_from([None, "男", "F"]),
)  # fmt: skip


@given(sides, sides)
def test_between_possible_numbers_comparing_has_no_direction(
    one: Identity, other: Identity
) -> None:
    """Only a record that is empty, or a number that cannot be, depends on whose it is."""
    assert compare_phones(one.phone, other.phone) is compare_phones(other.phone, one.phone)
    assert compare_id_numbers(one.id_number, other.id_number, today=TODAY) is compare_id_numbers(
        other.id_number, one.id_number, today=TODAY
    )
    there, back = found(one, other), found(other, one)
    if Cause.NO_RECORD not in (there[1], back[1]):
        assert there == back
