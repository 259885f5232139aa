"""`manage.py dmn tck`: cases in the format of the standard's test kit, run against their models."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.risk.dmn.build import data, decision, literal, xml

HEAD = (
    '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><modelName>m.dmn</modelName>'
)
MODEL = xml(
    data("x"), data("p"),
    decision("third", literal("x / 3"), inputs=["x"]),
    decision("months", literal('duration("P12M")')),
    decision("echo", literal("p"), inputs=["p"]),
    decision("wrong", literal('"a"'), type="number"),
)  # fmt: skip


def number(text: str) -> str:
    return f'<value xsi:type="xsd:decimal">{text}</value>'


def string(text: str) -> str:
    return f'<value xsi:type="xsd:string">{text}</value>'


def case(name: str, expected: str, *, given: str = "", attributes: str = "") -> str:
    return (
        f'<testCase id="001">{given}<resultNode name="{name}" {attributes}>'
        f"<expected>{expected}</expected></resultNode></testCase>"
    )


def run(folder: Path, *cases: str, model: bytes = MODEL) -> str:
    """What is printed; a failure's message comes last."""
    (folder / "m.dmn").write_bytes(model)
    (folder / "m-test-01.xml").write_text(HEAD + "".join(cases) + "</testCases>")
    out = io.StringIO()
    try:
        call_command("dmn", "tck", str(folder), stdout=out)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue().replace(folder.name, "kit")


NESTED = (
    '<component name="a"><list><item><value xsi:nil="true"/></item>'
    f"<item>{number('2.50')}</item></list></component>"
    '<component name="b"><value xsi:type="xsd:boolean">true</value></component>'
)


def test_cases_that_agree_pass(tmp_path: Path) -> None:
    assert (
        run(
            tmp_path,
            case(
                "third",
                number("0.333333333"),
                given=f'<inputNode name="x">{number("1.0")}</inputNode>',
            ),
            case("months", string("P1Y0M")),
            case("echo", NESTED, given=f'<inputNode name="p">{NESTED}</inputNode>'),
            case("wrong", "", attributes='errorResult="true"'),
        )
        == "kit: 4 passed, 0 failed, 0 refused\n"
    )


def test_a_case_that_does_not_agree_fails_with_both_values(tmp_path: Path) -> None:
    given = f'<inputNode name="x">{number("1")}</inputNode>'
    assert run(tmp_path, case("third", number("0.33334"), given=given)) == (
        "failed m-test-01 001: third: got 0.3333333333333333333333333333333333, not 0.33334\n"
        "kit: 0 passed, 1 failed, 0 refused\n"
        "Not every case that can be read passes."
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [("months", number("12")), ("months", string("P2Y")), ("wrong", number("1")),
     ("echo", string("x")), ("none", number("1"))],
)  # fmt: skip
def test_a_value_of_another_kind_and_an_error_fail(
    tmp_path: Path, name: str, expected: str
) -> None:
    assert "kit: 0 passed, 1 failed, 0 refused" in run(tmp_path, case(name, expected))


def test_cases_of_a_model_that_is_refused_are_counted_apart(tmp_path: Path) -> None:
    told = run(tmp_path, case("a", number("1")), model=xml("<import/>"))
    assert told == (
        "refused m-test-01 001: import (line 3): importing another model is not supported\n"
        "kit: 0 passed, 0 failed, 1 refused\n"
    )


def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No cases"):
        call_command("dmn", "tck", str(tmp_path), stdout=io.StringIO())
