"""Every fault has words, in the operator's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from risk.policies import cases, screens, words
from risk.policies.editor_words import STRINGS
from risk.tables.facts import CellError


def test_faults_become_a_list_people_can_walk_through() -> None:
    with translation.override("en"):
        [shown] = screens.described([CellError("terms", 0, 2, "outside_product", "…")])
        assert (str(shown["table"]), shown["rule"], shown["column"]) == ("Terms", 1, 3)
        assert str(shown["text"]) == "Outside what the product allows."
        [whole] = screens.described([CellError("terms", None, None, "no_rules", "…")])
        assert (whole["rule"], whole["column"]) == (None, None)


def test_rows_are_named_as_people_say_them_and_those_beyond_are_counted() -> None:
    clash = CellError("t", 4, None, "overlap", "…", params={"rows": [1, 2], "more": 3})
    hidden = CellError("t", 4, None, "unreachable", "…", params={"rows": [1, 2]})
    with translation.override("en"):
        assert words.error_words(clash) == (
            "This row fits customers whom other rows (1, 2 and 3 more) fit too; they would get no "
            "answer."
        )
        assert words.error_words(hidden).startswith("Rows that come first (1, 2) take everybody")
    with translation.override("zh-hans"):
        assert words.error_words(clash) == (
            "此行与其他行（第 1、2 及另外 3 行）会同时符合某些客户，这些客户将无法得到结论。"
        )


ROOT = Path(words.__file__).parents[1]
SOURCES = (
    "tables/checks.py",
    "tables/parser.py",
    "tables/lexer.py",
    "policies/rules.py",
    "policies/review.py",
    "policies/association.py",
    "tables/analysis.py",
)


def codes_raised() -> Iterator[str]:
    """The code in every fault these files make."""
    at = {"CellError": 3, "CellSyntaxError": 0, "error": 0, "_finding": 3, "_warning": 3}
    for name in SOURCES:
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            code = None
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in at:
                code = node.args[at[node.func.id]]  # type: ignore[attr-defined]
            if isinstance(node, ast.Yield | ast.Return) and isinstance(node.value, ast.Tuple):
                code = node.value.elts[1]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value


RAISED = sorted(set(codes_raised()))


@pytest.mark.parametrize("code", RAISED)
def test_every_fault_has_words_an_operator_can_read_in_their_language(code: str) -> None:
    error = CellError("t", 0, 0, code, "only English")
    assert error_is_translated(error), code


def error_is_translated(error: CellError) -> bool:
    return str(words.error_words(error)) != error.message


def test_the_codes_looked_for_are_the_ones_there_are() -> None:
    assert {"unexpected", "too_many_values", "interval_reversed", "value_needed",
            "null_not_comparable", "string_unclosed", "number_needed", "gap", "unreachable",
            "cap_above_terms", "reason_retired"} <= set(RAISED)  # fmt: skip
    assert len(RAISED) > 50


def test_every_fault_of_a_case_has_words() -> None:
    raised = {
        node.args[1].value
        for node in ast.walk(ast.parse(Path(cases.__file__).read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "MalformedCase"
        and isinstance(node.args[1], ast.Constant)
    }
    assert len(raised) == 8
    assert {code for code in raised if words.case_fault_words(code)} == raised


SCRIPTS = Path("backoffice/static/policies")


def test_the_editors_scripts_say_only_what_has_words_and_all_of_it() -> None:
    text = "".join(path.read_text() for path in SCRIPTS.glob("*.js"))
    assert set(re.findall(r"\bt\(\"(\w+)\"", text)) - STRINGS.keys() == set()
    assert {key for key in STRINGS if f'"{key}"' not in text} == set()
