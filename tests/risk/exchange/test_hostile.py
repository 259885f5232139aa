"""Whatever a file holds, the answer is a model or a refusal: nothing else escapes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.exchange import services
from risk.exchange.facts import FileRefused
from risk.policies import starter
from risk.tables.facts import Model
from risk.tables.services import model_from_json, model_to_json
from tests.risk.dmn.build import xml

STARTER = model_from_json(starter.consumer_credit())
WORKBOOK = services.workbook_from_model(model=STARTER)
DMN = services.dmn_from_model(model=STARTER, name="p")
PARTS = sorted(zipfile.ZipFile(io.BytesIO(WORKBOOK)).namelist())
PIECES = st.sampled_from(
    [b"", b"<", b">", b"\x00", b"&", b'"', b"&#0;", b"&#x1;", b"<f>1</f>", b"1e999999", b"_xD800_",
     b"99999999999999999999", b"NaN", b"<c r='ZZZ1'/>", b"-1", b"\xff\xfe", b"<row r='0'/>",
     b"t='s'"]
)  # fmt: skip


def answer(read: Any, raw: bytes) -> Model | None:
    """None for a refusal; whatever else is raised fails the test."""
    try:
        found: Model = read(raw=raw)
    except FileRefused:
        return None
    return found


def spliced(raw: bytes, data: Any) -> bytes:
    start = data.draw(st.integers(0, len(raw)))
    end = min(len(raw), start + data.draw(st.integers(0, 40)))
    return raw[:start] + data.draw(PIECES) + raw[end:]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_workbook_is_read_or_refused(data: Any) -> None:
    assert answer(services.model_from_workbook, spliced(WORKBOOK, data)) in (None, STARTER)


@given(st.sampled_from(PARTS), st.data())
@settings(max_examples=60, deadline=None)
def test_a_workbook_with_a_damaged_part_is_read_or_refused(part: str, data: Any) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(written, "w") as new:
        for name in PARTS:
            raw = old.read(name)
            new.writestr(name, spliced(raw, data) if name == part else raw)
    found = answer(services.model_from_workbook, written.getvalue())
    assert found is None or model_from_json(model_to_json(found)) == found


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_model_is_read_or_refused(data: Any) -> None:
    found = answer(services.model_from_dmn, spliced(DMN, data))
    assert found is None or model_from_json(model_to_json(found)) == found


def archive(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Has the parts a workbook needs, and nothing in them."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as new:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            new.writestr(name, b"<a/>" * 200)
    return written.getvalue()


def altered(where: int, value: int) -> bytes:
    """In what the list at its end says of the last part."""
    raw = bytearray(archive())
    raw[raw.rfind(b"PK\x01\x02") + where] = value
    return bytes(raw)


def beyond_any_file() -> bytes:
    """The last part begins at the 2^64th byte, as the long form of an archive may say."""
    raw = bytearray(archive())
    parts, last, end = raw.find(b"PK\x01\x02"), raw.rfind(b"PK\x01\x02"), raw.rfind(b"PK\x05\x06")
    entry, after = raw[last:end], raw[end:]
    struct.pack_into("<H", entry, 30, 12)
    struct.pack_into("<L", entry, 42, 2**32 - 1)
    entry += struct.pack("<HHQ", 1, 8, 2**64 - 1)
    struct.pack_into("<L", after, 12, last - parts + len(entry))
    return bytes(raw[:last] + entry + after)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (archive(zipfile.ZIP_LZMA).replace(b"\x5d\x00", b"\x5d\xff"), "This is no .xlsx workbook."),
        (archive(zipfile.ZIP_BZIP2), "This is no .xlsx workbook."),
        (altered(8, 0x01), "The workbook is encrypted"),
        (altered(8, 0x20), "(NotImplementedError)"),
        (altered(6, 99), "(NotImplementedError)"),
        (altered(16, 0), "(BadZipFile)"),
        (beyond_any_file(), "(OverflowError)"),
        (archive(), "The workbook is damaged (ParseError)."),
    ],
    ids=range(8),
)
def test_an_archive_that_is_strange_or_damaged_is_refused_and_it_is_told_how(
    raw: bytes, told: str
) -> None:
    with pytest.raises(FileRefused, match=re.escape(told)):
        services.model_from_workbook(raw=raw)


@pytest.mark.parametrize(
    "ours", ["archives._content_faults", "workbook_reading._text", "workbook_reading.merged_cells"]
)
def test_a_mistake_of_our_own_is_not_taken_for_a_damaged_file(
    ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_given: Any) -> Any:
        raise RuntimeError("ours")

    monkeypatch.setattr(f"risk.exchange.{ours}", mistaken)
    with pytest.raises(RuntimeError, match="ours"):
        services.model_from_workbook(raw=WORKBOOK)


@pytest.mark.parametrize("character", ["_xD800_", "_x0000_"])
def test_a_character_that_cannot_be_stored_is_refused(character: str) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(written, "w") as new:
        for name in PARTS:
            new.writestr(name, old.read(name).replace(b"&lt; 580", character.encode()))
    with pytest.raises(FileRefused, match="holds a character that cannot be stored"):
        services.model_from_workbook(raw=written.getvalue())


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "no well-formed XML"),
        (b"<a/>", "no DMN model"),
        (xml().replace(b"20230324", b"20240513"), "DMN 1.6 is not supported"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "entity declarations are not allowed"),
        (b"<a>" * 100, "elements nest more than 60 deep"),
        (b" " * (16 * 2**20 + 1), "more than 16 MiB"),
        (xml("<decision id='d' name='d'><informationRequirement><requiredDecision href='#d'/>"
             "</informationRequirement></decision>"), "it requires itself"),
    ],
    ids=range(7),
)  # fmt: skip
def test_a_model_that_is_none_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(FileRefused, match=told):
        services.model_from_dmn(raw=raw)


def test_of_very_many_faults_the_first_are_told_and_all_are_counted() -> None:
    body = DMN.replace(b"<text>-</text>", b'<text>not("A")</text>')
    with pytest.raises(FileRefused) as caught:
        services.model_from_dmn(raw=body)
    assert len(caught.value.faults) == 100
    assert caught.value.count > 100
