"""What a profile may hold, how it is found and how little of it is shown."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.customers.facts import SEALED_FIELDS, Profile
from accounts.customers.rules import (
    LENGTHS,
    age_on,
    indexed_form,
    masked,
    normalised_id_number,
    normalised_phone,
    profile_faults,
    reference_faults,
)

TODAY = dt.date(2026, 6, 1)


def faults(**given_fields: object) -> list[tuple[str, str]]:
    found = profile_faults(Profile(**given_fields), today=TODAY)  # type: ignore[arg-type]
    return [(fault.pointer, fault.code) for fault in found]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("legal_name", "张小明", "张*明"),
        ("legal_name", "张明", "张*"),
        ("legal_name", "明", "*"),
        ("legal_name", "阿卜杜拉·买买提", "阿******提"),
        ("id_number", "11010519491231002X", "110***********002X"),
        ("id_number", "110105194912310", "110********2310"),
        ("id_number", "E12345678", "E****8"),
        ("id_number", "12345", "****"),
        ("phone", "13812345678", "138****5678"),
        ("phone", "+86 138-1234-5678", "138****5678"),
        ("phone", "138", "****"),
        ("phone", "1 2 3 4 5 6 7", "****"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("email", "z@example.com", "***@example.com"),
        ("birth_date", "1949-12-31", "1949-**-**"),
        ("address", "北京市朝阳区某街一号", "北京市****"),
        ("address", "北京市某街", "****"),
        ("employer", "某某科技有限公司", "某某科****"),
        ("employer", None, ""),
        ("legal_name", "", ""),
    ],
)
def test_a_mask_shows_just_enough_to_recognise(name: str, value: str | None, shown: str) -> None:
    assert masked(name, value) == shown


# Of a value, written in its normal form, at most so many characters may be seen.
SEEN_AT_MOST = {
    "legal_name": 2, "id_number": 7, "phone": 7, "address": 3, "employer": 3,
}  # fmt: skip
texts = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()))


@given(st.sampled_from(sorted(SEEN_AT_MOST)), texts)
def test_a_mask_never_shows_more_than_allowed_nor_all_of_it(name: str, value: str) -> None:
    seen = masked(name, value).replace("*", "")
    assert len(seen) <= SEEN_AT_MOST[name]
    whole = {"id_number": normalised_id_number, "phone": normalised_phone}.get(name, str.strip)
    plain = whole(value).replace("*", "")
    assert seen == "" or len(seen) < len(plain) or "*" in value


@given(st.text(min_size=1, max_size=30), st.from_regex(r"[a-z]{2,9}\.com", fullmatch=True))
def test_of_an_e_mail_only_the_first_letter_and_the_domain_are_shown(
    local: str, domain: str
) -> None:
    local = "".join(local.split()).replace("@", "") or "a"
    shown = masked("email", f"{local}@{domain}")
    assert shown in (f"{local[0]}***@{domain}", f"***@{domain}")
    assert len(local) > 1 or shown == f"***@{domain}"


@given(st.sampled_from(SEALED_FIELDS), st.text(max_size=60))
def test_a_mask_bears_any_unicode(name: str, value: str) -> None:
    assert isinstance(masked(name, value), str)


@given(st.sampled_from(["legal_name", "id_number", "phone", "email"]), st.text(max_size=60))
def test_an_indexed_form_is_stable_and_blind_to_width_and_spaces(name: str, value: str) -> None:
    form = indexed_form(name, value)
    assert indexed_form(name, f" {value}\u3000") == form
    assert indexed_form(name, unicodedata.normalize("NFKC", value)) == form


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("phone", "13812345678", "+86 138 1234 5678"),
        ("phone", "13812345678", "0086-138-1234-5678"),
        ("phone", "13812345678", "１３８１２３４５６７８"),
        ("phone", "13812345678", "(86)13812345678"),
        ("legal_name", "张小明", "张 小 明"),
        ("legal_name", "阿卜杜拉·买买提", "阿卜杜拉•买买提"),
        ("legal_name", "阿卜杜拉·买买提", "阿卜杜拉．买买提"),
        ("legal_name", "Zhang San", "ZHANG SAN"),
        ("legal_name", "张小明", "张\u200b小明\ufeff"),
        ("id_number", "11010519491231002X", "11010519491231002x"),
        ("id_number", "11010519491231002X", "１１０１０５ １９４９１２３１ ００２Ｘ"),
        ("email", "Zhang@Example.com", " zhang@example.com"),
    ],
)
def test_equal_values_are_found_equal_however_they_are_typed(
    name: str, one: str, other: str
) -> None:
    assert indexed_form(name, one) == indexed_form(name, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("phone", "13812345678", "13812345679"),
        ("phone", "+1 861 234 567 8901", "861 234 567 8901"),
        ("phone", "1861234567890", "61234567890"),  # 86 inside a number is no country code
        ("legal_name", "张小明", "张晓明"),
        ("email", "a.b@example.com", "ab@example.com"),
    ],
)
def test_other_values_stay_apart(name: str, one: str, other: str) -> None:
    assert indexed_form(name, one) != indexed_form(name, other)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"legal_name": "张小明", "phone": None, "id_number": "not even a number"}, []),
        ({"legal_name": "  "}, [("/legal_name", "blank")]),
        ({"legal_name": "\u200b\ufeff"}, [("/legal_name", "blank")]),
        ({"legal_name": "张" * 81}, [("/legal_name", "too_long")]),
        ({"legal_name": "张\x00明"}, [("/legal_name", "control_characters")]),
        ({"address": "a\nb"}, [("/address", "control_characters")]),
        ({"employer": "\ud800"}, [("/employer", "control_characters")]),
        ({"email": "nobody"}, [("/email", "malformed")]),
        ({"email": "a@b@c.d"}, [("/email", "malformed")]),
        ({"phone": "1234"}, [("/phone", "malformed")]),
        ({"phone": "call me"}, [("/phone", "malformed")]),
        ({"phone": "1" * 16}, [("/phone", "malformed")]),
        ({"phone": "008613812345678"}, []),
        ({"birth_date": dt.date(2026, 6, 2)}, [("/birth_date", "out_of_range")]),
        ({"birth_date": dt.date(1849, 12, 31)}, [("/birth_date", "out_of_range")]),
        ({"birth_date": TODAY}, []),
        ({"employment_status": "king"}, [("/employment_status", "unknown_choice")]),
        ({"language": "fr"}, [("/language", "unknown_choice")]),
        ({"phone": "1", "email": "x"}, [("/phone", "malformed"), ("/email", "malformed")]),
    ],
)
def test_every_fault_of_a_profile_is_named_at_once(
    fields: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert faults(**fields) == expected


@given(st.sampled_from(sorted(LENGTHS)), st.text(min_size=6, max_size=400))
def test_a_fault_never_repeats_the_value(name: str, value: str) -> None:
    for fault in profile_faults(Profile(**{name: value}), today=TODAY):  # type: ignore[arg-type]
        assert value.strip() not in f"{fault.pointer} {fault.code} {fault.detail}" or (
            not value.strip()
        )


@pytest.mark.parametrize(
    ("reference", "is_right"),
    [
        ("A-1", True), ("客户1", True), ("x" * 64, True),
        ("", False), ("x" * 65, False), ("a b", False), ("a\x00", False), ("a\n", False),
        ("\ud800", False), ("a\u3000b", False),
    ],
)  # fmt: skip
def test_a_reference_is_short_and_has_no_spaces(reference: str, is_right: bool) -> None:
    assert (reference_faults(reference) == []) is is_right


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2000-06-01", "2026-06-01", 26),
        ("2000-06-02", "2026-06-01", 25),
        ("2004-02-29", "2026-02-28", 21),
        ("2004-02-29", "2026-03-01", 22),
        ("2004-02-29", "2028-02-29", 24),
        ("2026-06-01", "2026-06-01", 0),
    ],
)
def test_an_age_is_completed_years(born: str, day: str, age: int) -> None:
    of = dt.date.fromisoformat
    assert age_on(of(day), birth_date=of(born)) == age
