"""Files that are no model: malformed, hostile, of the wrong kind. Each is told by its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.dmn import services
from risk.dmn.facts import ModelRefused
from tests.risk.dmn.build import ask, decision, literal, refusal_of, xml

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<definitions>&b;</definitions>"""
FETCH = b"""<!DOCTYPE d SYSTEM "http://127.0.0.1/evil.dtd"><definitions/>"""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (BOMB, "the XML (line 2): document type and entity declarations are not allowed"),
        (FETCH, "document type and entity declarations are not allowed"),
        (b"", "no well-formed XML: no element found"),
        (b"PK\x03\x04", "no well-formed XML"),
        (b"%PDF-1.7", "no well-formed XML"),
        (b"<definitions>", "no well-formed XML: no element found"),
        (b"<a>\n<b></a>", "the XML (line 2): no well-formed XML: mismatched tag"),
        (b"<definitions>&nbsp;</definitions>", "no well-formed XML: undefined entity"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "the encoding it declares"),
        (b"\xff\xfe\x00", "no well-formed XML"),
        (b"<html/>", "no DMN model: the root element is html"),
        (b'<definitions xmlns="urn:x"/>', 'no DMN model: its namespace is "urn:x"'),
        (xml("<a>" * 70 + "</a>" * 70), "elements nest more than 60 deep"),
        (xml("<extensionElements>" + "<a>" * 70 + "</a>" * 70 + "</extensionElements>"),
         "elements nest more than 60 deep"),
        (xml("<a/>" * 500_001), "the file has more than 500,000 elements"),
        (b" " * (16 * 1024 * 1024 + 1), "the file has more than 16 MiB"),
        (xml(decision("a", "<literalExpression><text>1<b/></text></literalExpression>")),
         "text has no elements inside"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_model_is_told_why(raw: bytes, why: str) -> None:
    assert why in refusal_of(raw)


def test_encodings_xml_declares_are_read() -> None:
    model = xml(decision("答", literal('"横綱"')))
    raw = model.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert ask(services.load_model(raw=raw), "答") == '"横綱"'


def test_text_in_character_data_sections_is_read_whole() -> None:
    body = (
        "<literalExpression><text>1 <![CDATA[< 2]]><!-- so --> and true</text></literalExpression>"
    )
    assert ask(services.load_model(raw=xml(decision("a", body))), "a") == "true"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_model_or_refused(raw: bytes) -> None:
    assert refusal_of(raw)


@given(st.data())
def test_a_model_with_any_piece_cut_out_is_read_or_refused_with_a_place(
    draw: st.DataObject,
) -> None:
    whole = xml(decision("a", literal("1 + 1")))
    start = draw.draw(st.integers(0, len(whole)))
    end = draw.draw(st.integers(start, min(len(whole), start + 30)))
    try:
        services.load_model(raw=whole[:start] + whole[end:])
    except ModelRefused as refused:
        assert all(fault.message and fault.place for fault in refused.faults)  # noqa: PT017
