"""What makes two descriptions one device, and two writings one contact."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib.errors import Invalid
from risk.links import keys
from risk.links.facts import LinkKind
from risk.links.keys import contact_key, device_key, normalised_contact

PHONE = {
    "platform": "Android", "android_id": "A1B2c3d4e5f60718", "model": "PGU110",
    "screen": "1080x2400",
}  # fmt: skip
BROWSER = {
    "platform": "windows", "canvas": "9f21", "webgl": "77ac", "audio": "124.04",
    "screen": "1920x1080",
}  # fmt: skip


def refused(attributes: dict[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        device_key(attributes)
    assert caught.value.code == "device_invalid"
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "changed",
    [
        {"os_version": "15"}, {"battery": "81"}, {"ip": "198.51.100.7"}, {"network": "5g"},
        {"model": "PGU110 Pro"}, {"screen": "1080x2412"}, {"platform": "harmonyos"},
        {"android_id": " ａ1b2c3d4 e5f60718 "}, {"oaid": "5f-81"},
    ],
)  # fmt: skip
def test_what_changes_on_a_device_does_not_make_it_another(changed: dict[str, str]) -> None:
    assert device_key({**PHONE, **changed}) == device_key(PHONE)


@pytest.mark.parametrize(
    "changed", [{"android_id": "a1b2c3d4e5f60719"}, {"device_id": "a1b2c3d4e5f60718"}]
)
def test_another_id_is_another_device(changed: dict[str, str]) -> None:
    assert device_key({**PHONE, **changed}) != device_key(PHONE)


@pytest.mark.parametrize(
    "nothing",
    ["00000000-0000-0000-0000-000000000000", "0", "Unknown", " null ", "9774D56D682E549C", ""],
)
def test_what_systems_say_instead_of_an_id_is_none(nothing: str) -> None:
    only = {"vendor_id": nothing, "model": "iPhone17,1", "platform": "ios"}
    assert refused(only) == [("", "not_identified")]
    assert device_key({**only, "browser_id": "b-7"}) == device_key({"browser_id": "b-7"})


def test_a_model_alone_is_not_a_device() -> None:
    assert refused({"platform": "ios", "model": "iPhone17,1", "screen": "1206x2622"}) == [
        ("", "not_identified")
    ]


def test_a_browser_without_an_id_is_told_by_its_measurements_together() -> None:
    assert device_key({**BROWSER, "ip": "203.0.113.9", "timezone": "Asia/Shanghai"}) == (
        device_key(BROWSER)
    )
    assert device_key({**BROWSER, "audio": "124.05"}) != device_key(BROWSER)
    assert device_key({**BROWSER, "screen": "2560x1440"}) != device_key(BROWSER)
    assert refused({key: BROWSER[key] for key in ("platform", "canvas", "webgl")}) == [
        ("", "not_identified")
    ]


@pytest.mark.parametrize(
    ("attributes", "faults"),
    [
        ({}, [("", "not_identified")]),
        ({"Device-Id": "x"}, [("", "name_malformed")]),
        ({"d" * 41: "x"}, [("", "name_malformed")]),
        ({"device_id": "x" * 501}, [("/device_id", "too_long")]),
        ({"device_id": "x\x00"}, [("/device_id", "control_characters")]),
        ({"device_id": "\ud800"}, [("/device_id", "control_characters")]),
        ({"device_id": 7, "model": None}, [("/device_id", "not_text"), ("/model", "not_text")]),
        ({f"a{number}": "x" for number in range(51)}, [("", "too_many")]),
    ],
)
def test_a_bad_description_is_refused_by_name(
    attributes: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    assert refused(attributes) == faults


@given(
    st.dictionaries(
        st.sampled_from((*keys.IDS, *keys.MEASURED, *keys.SLOW, "ip")), st.text(max_size=8)
    ),
    st.randoms(),
)
def test_the_order_of_attributes_means_nothing(attributes: dict[str, str], chance: object) -> None:
    shuffled = list(attributes.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    try:
        key = device_key(attributes)
    except Invalid:
        return
    assert device_key(dict(shuffled)) == key
    assert len(key) == keys.KEY_BYTES


@pytest.mark.parametrize(
    ("kind", "text", "plain"),
    [
        (LinkKind.PHONE, "+86 138-0013-8000", "13800138000"),
        (LinkKind.EMERGENCY_CONTACT, "１３８００１３８０００", "13800138000"),
        (LinkKind.PHONE, "0086 13800138000", "13800138000"),
        (LinkKind.PHONE, "+1 (415) 555-0100", "14155550100"),
        (LinkKind.PHONE, "1234", ""),
        (LinkKind.PHONE, "00000000000", ""),
        (
            LinkKind.ADDRESS,
            "上海市 浦东新区，世纪大道１００号 12-3室",
            "上海市浦东新区世纪大道100号12-3室",
        ),
        (LinkKind.ADDRESS, "世纪大道100号1－23室", "世纪大道100号1-23室"),
        (LinkKind.ADDRESS, "12, 3rd St.", "12-3rdst"),
        (LinkKind.EMPLOYER, "（上海）测试 Technology Co., Ltd.", "上海测试technologycoltd"),
        (LinkKind.EMPLOYER, " ·— ", ""),
        (LinkKind.PAYEE, "6222 0200-1234 5678", "6222020012345678"),
    ],
)
def test_contacts_written_differently_are_one(kind: LinkKind, text: str, plain: str) -> None:
    assert normalised_contact(kind, text) == plain


def test_a_number_is_the_same_thing_as_an_emergency_contact_and_nothing_else_mixes() -> None:
    number = "13800138000"
    own = contact_key(LinkKind.PHONE, number)
    assert contact_key(LinkKind.EMERGENCY_CONTACT, number) == own
    others = {
        contact_key(kind, number) for kind in (LinkKind.ADDRESS, LinkKind.EMPLOYER, LinkKind.PAYEE)
    }
    assert len({own, *others}) == 4


@pytest.mark.parametrize("text", ["", "——", "x" * 301])
def test_a_contact_that_tells_nothing_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        contact_key(LinkKind.EMPLOYER, text)
    assert caught.value.code == "contact_invalid"
    with translation.override("en"):
        assert str(caught.value.message) == "Not a usable contact."


def test_a_known_platform_is_kept_and_no_other_text() -> None:
    assert keys.platform_of({"platform": " iOS "}) == "ios"
    assert keys.platform_of({"platform": "张三的手机"}) == ""
    assert keys.platform_of({}) == ""
