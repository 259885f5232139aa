"""Texts meant to break the engine get a sentence, an answer or null; never a traceback."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from risk.dmn import services
from tests.risk.dmn.build import refusal_of

MODEL = """<?xml version="1.0"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n">
  <inputData id="i" name="x"><variable name="x" typeRef="{type}"/>{extra}</inputData>
  <decision id="d" name="d"><variable name="d"/>
    <informationRequirement><requiredInput href="#i"/></informationRequirement>
    {body}
  </decision>
</definitions>"""


def model(body: str, *, type: str = "Any", extra: str = "") -> bytes:  # noqa: A002
    return MODEL.format(body=body, type=type, extra=extra).encode()


def literal(text: str) -> str:
    return f"<literalExpression><text><![CDATA[{text}]]></text></literalExpression>"


def value(text: str, **given: Any) -> Any:
    read = services.load_model(raw=model(literal(text)))
    return services.json_text(services.evaluate(model=read, decision="d", given=given))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("0 ** -1", "null"),
        ("string(0 ** -1)", "null"),
        ("0 ** -1 > 5", "null"),
        ("2 ** -1", "0.5"),
        ('-duration("P999999999DT23H")', "null"),
        ('-duration("P1DT2H")', '"-P1DT2H"'),
    ],
)
def test_what_has_no_number_or_duration_is_null(text: str, answer: str) -> None:
    assert value(text) == answer


@pytest.mark.parametrize("text", ['@"-P999999999DT23H"', 'duration("-P999999999DT23H")'])
def test_a_duration_longer_than_can_be_held_is_refused_where_it_is_written(text: str) -> None:
    assert "this is no " in refusal_of(model(literal(text)))


def test_a_duration_longer_than_can_be_held_is_refused_as_an_input() -> None:
    read = services.load_model(raw=model(literal("x"), type="dayTimeDuration"))
    with pytest.raises(services.DmnError, match="has to be a days and time duration"):
        services.evaluate(model=read, decision="d", given={"x": "-P999999999DT23H"})


@pytest.mark.parametrize("name", ['"a"', " ".join(["word"] * 80)])
def test_a_name_nobody_could_mention_is_a_fault_at_its_place(name: str) -> None:
    escaped = name.replace('"', "&quot;")
    entry = f'<contextEntry><variable name="{escaped}"/>{literal("1")}</contextEntry>'
    assert refusal_of(model(f"<context>{entry}</context>")).startswith('decision "d" (line ')


def relation(columns: str, cell: str) -> bytes:
    return model(f"<relation>{columns}<row>{literal(cell)}</row></relation>")


def test_a_relations_cells_have_the_type_of_their_column() -> None:
    typed = services.load_model(raw=relation('<column name="a" typeRef="number"/>', '"x"'))
    with pytest.raises(services.DmnError, match="has to be a number, not a string"):
        services.evaluate(model=typed, decision="d", given={})
    assert "there is no type" in refusal_of(relation('<column name="a" typeRef="nonsense"/>', "1"))


def test_a_relation_with_two_columns_of_one_name_or_strange_parts_is_refused() -> None:
    twice = '<column name="a"/><column name="a"/>'
    assert "a column needs a name of its own" in refusal_of(relation(twice, "1"))
    assert "wish is not supported in relation" in refusal_of(
        relation('<wish/><column name="a"/>', "1")
    )


def test_a_strange_part_of_an_input_is_refused() -> None:
    assert "literalExpression is not supported in inputData" in refusal_of(
        model(literal("1"), extra=literal("2"))
    )


COLLECT = """<decisionTable hitPolicy="COLLECT" aggregation="SUM">
  <input><inputExpression><text>x</text></inputExpression></input><output/>
  <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>{}</text></outputEntry></rule>
  <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>{}</text></outputEntry></rule>
</decisionTable>"""


@pytest.mark.parametrize(
    ("one", "two", "answer"),
    [("1", "2.5", "3.5"), ('"a"', '"b"', "null"), ('"a"', "1", "null")],
)
def test_collecting_a_sum_means_what_the_function_sum_means(
    one: str, two: str, answer: str
) -> None:
    table = services.load_model(raw=model(COLLECT.format(one, two)))
    assert (
        services.json_text(services.evaluate(model=table, decision="d", given={"x": 1})) == answer
    )
    assert value(f"sum({one}, {two})") == answer


def test_a_batch_outlives_every_line(tmp_path: Path) -> None:
    good = tmp_path / "m.dmn"
    good.write_bytes(model(literal("x")))
    lines = [
        '{"model": "\\ud800", "decision": "d", "input": {}}',
        '{"model": "m.dmn", "decision": "\\udfff", "input": {}}',
        '{"model": "m.dmn", "decision": "d", "input": {"\\ud800": 1}}',
        json.dumps({"model": "m" * 5000, "decision": "d", "input": {}}),
        json.dumps({"model": "a\x00b", "decision": "d", "input": {}}),
        json.dumps({"model": "m.dmn", "decision": "d", "input": {"x": 7}}),
    ]
    cases = tmp_path / "cases.jsonl"
    cases.write_text("\n".join(lines))
    out = StringIO()
    call_command("dmn", "evaluate", batch=str(cases), stdout=out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [list(answer) for answer in answers] == [["error"]] * 5 + [["output"]]
    assert answers[-1] == {"output": 7}
    out.getvalue().encode()  # every line can be written
    assert max(len(line) for line in out.getvalue().splitlines()) < 400


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<testCases xmlns='http://www.omg.org/spec/DMN/20160719/testcase'/>", "names no model"),
        ("<nonsense", "cannot be read as cases"),
    ],
)
def test_a_bad_file_of_the_kit_is_a_failed_line(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a-test-01.xml").write_text(text)
    out = StringIO()
    with pytest.raises(CommandError, match="Not every case"):
        call_command("dmn", "tck", str(tmp_path), stdout=out)
    assert why in out.getvalue()
