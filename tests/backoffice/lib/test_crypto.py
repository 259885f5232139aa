"""Sealed values open only where and as they were sealed; indexes find equals and say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.env import FieldKey
from backoffice.lib import crypto

OLD, NEW = FieldKey("k1", bytes(range(32))), FieldKey("k2", bytes(range(32, 64)))


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.FIELD_KEYS, settings.BLIND_INDEX_KEY = (OLD,), bytes(range(64, 96))


@pytest.mark.parametrize("text", ["", "张小明", "x" * 10_000, "a\nb\x00c", "𠮷🙂"])
def test_what_is_sealed_can_be_opened(text: str) -> None:
    assert crypto.unseal(crypto.seal(text, context="a:1"), context="a:1") == text


def test_a_sealed_value_has_the_shape_the_module_says() -> None:
    sealed = crypto.seal("1381", context="a:1")
    assert sealed[:4] == b"\x01\x02k1"
    assert len(sealed) == 4 + 12 + len("1381") + 16
    assert b"1381" not in sealed


def test_equal_texts_are_sealed_differently_each_time() -> None:
    assert len({crypto.seal("same", context="a:1") for _ in range(50)}) == 50


@pytest.mark.parametrize("context", ["a:2", "b:1", "", "a:1 "])
def test_a_value_opens_in_no_other_context(context: str) -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(crypto.seal("secret", context="a:1"), context=context)


def test_no_single_bit_can_be_changed() -> None:
    sealed = crypto.seal("secret", context="a:1")
    for position in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[position // 8] ^= 1 << position % 8
        with pytest.raises(crypto.SealBroken):
            crypto.unseal(bytes(broken), context="a:1")


@pytest.mark.parametrize("length", range(34))
def test_no_part_of_a_value_opens(length: int) -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(crypto.seal("secret", context="a:1")[:length], context="a:1")


@given(st.binary(max_size=80))
def test_garbage_is_refused_as_a_broken_seal_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(raw, context="a:1")


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x02\x02k1", b"garbage"])
def test_a_key_id_is_read_off_sealed_values_only(raw: bytes) -> None:
    with pytest.raises(crypto.SealBroken):
        crypto.key_id_of(raw)


def test_the_first_key_seals_and_every_key_opens(settings: Any) -> None:
    old = crypto.seal("secret", context="a:1")
    settings.FIELD_KEYS = (NEW, OLD)
    new = crypto.seal("secret", context="a:1")
    assert (crypto.key_id_of(old), crypto.key_id_of(new)) == ("k1", "k2")
    assert crypto.current_key_id() == "k2"
    assert crypto.unseal(memoryview(old), context="a:1") == "secret"
    settings.FIELD_KEYS = (NEW,)
    with pytest.raises(crypto.SealBroken, match="unknown key id"):
        crypto.unseal(old, context="a:1")
    assert crypto.unseal(new, context="a:1") == "secret"


def test_another_key_under_the_same_id_opens_nothing(settings: Any) -> None:
    sealed = crypto.seal("secret", context="a:1")
    settings.FIELD_KEYS = (FieldKey("k1", NEW.secret),)
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(sealed, context="a:1")


def test_an_index_finds_equals_within_its_purpose_and_key(settings: Any) -> None:
    index = crypto.blind_index("13812345678", purpose="phone")
    assert index == crypto.blind_index("13812345678", purpose="phone")
    assert len(index) == crypto.INDEX_BYTES == 16
    others = {
        crypto.blind_index("13812345679", purpose="phone"),
        crypto.blind_index("13812345678", purpose="reference"),
    }
    settings.BLIND_INDEX_KEY = bytes(range(32))
    others.add(crypto.blind_index("13812345678", purpose="phone"))
    assert index not in others
    assert len(others) == 3
