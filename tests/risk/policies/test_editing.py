"""The draft editor's form: what its buttons do, and what does not fit is refused."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from backoffice.lib.errors import Invalid
from risk.policies import editing, screens, words
from risk.tables.facts import CellError

CONTENT: dict[str, Any] = {
    "tables": [
        {
            "name": "restrictions",
            "hit_policy": "C",
            "inputs": [{"name": "score", "type": "number"}],
            "outputs": [{"name": "reason", "type": "string"}],
            "rules": [
                {"inputs": ["1"], "outputs": ['"A"'], "note": "first"},
                {"inputs": ["2"], "outputs": ['"B"']},
                {"inputs": ["3"], "outputs": ['"C"']},
            ],
        },
        {
            "name": "terms",
            "hit_policy": "F",
            "inputs": [{"name": "score", "type": "number"}],
            "outputs": [{"name": "limit_cents", "type": "number"}],
            "rules": [{"inputs": ["-"], "outputs": ["5"]}],
        },
    ]
}


def edited(content: Any, posted: dict[str, str]) -> Any:
    return editing.rearranged(editing.typed(content, posted), posted)[0]


def rows(content: Any, table: int = 0) -> list[str]:
    return [rule["inputs"][0] + rule["outputs"][0] for rule in content["tables"][table]["rules"]]


def test_posted_cells_replace_their_own_and_the_others_stay() -> None:
    before = copy.deepcopy(CONTENT)
    fresh = edited(
        CONTENT,
        {"restrictions:1:0": "  < 580 ", "restrictions:1:1": '"Z"', "terms:0:1": "7", "other": "x"},
    )
    assert rows(fresh) == ['1"A"', '< 580"Z"', '3"C"']
    assert rows(fresh, 1) == ["-7"]
    assert fresh["tables"][0]["rules"][0]["note"] == "first"
    assert before == CONTENT


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        ("save", ['1"A"', '2"B"', '3"C"']),
        ("add:restrictions", ['1"A"', '2"B"', '3"C"', "-"]),
        ("remove:restrictions:0", ['2"B"', '3"C"']),
        ("remove:restrictions:2", ['1"A"', '2"B"']),
        ("up:restrictions:1", ['2"B"', '1"A"', '3"C"']),
        ("up:restrictions:0", ['1"A"', '2"B"', '3"C"']),
        ("down:restrictions:1", ['1"A"', '3"C"', '2"B"']),
        ("down:restrictions:2", ['1"A"', '2"B"', '3"C"']),
    ],
)
def test_a_button_moves_rules(verb: str, wanted: list[str]) -> None:
    assert rows(edited(CONTENT, {"do": verb})) == wanted


def test_what_was_typed_moves_with_its_rule() -> None:
    fresh = edited(CONTENT, {"restrictions:0:0": "9", "do": "down:restrictions:0"})
    assert rows(fresh) == ['2"B"', '9"A"', '3"C"']
    assert fresh["tables"][0]["rules"][1]["note"] == "first"


@pytest.mark.parametrize(
    "verb",
    [
        "", "do", "add", "add:", "add:nowhere", "remove:restrictions", "remove:restrictions:",
        "remove:restrictions:3", "remove:restrictions:-1", "remove:restrictions:x",
        "remove:restrictions:1.0", "remove:restrictions:²", "remove:restrictions:١",
        "remove:restrictions:" + "9" * 5000, "remove:restrictions:0:0", "up:terms:1",
        "down:nowhere:0", "explode:restrictions:0", "remove:restrictions: 1",
    ],
)  # fmt: skip
def test_a_button_that_does_not_fit_the_draft_is_refused(verb: str) -> None:
    with pytest.raises(Invalid) as refused:
        edited(CONTENT, {"do": verb})
    assert refused.value.code == "form_stale"


def test_a_full_table_takes_no_more_rules() -> None:
    full = copy.deepcopy(CONTENT)
    full["tables"][0]["rules"] = full["tables"][0]["rules"][1:2] * 2000
    with pytest.raises(Invalid) as refused:
        edited(full, {"do": "add:restrictions"})
    assert refused.value.code == "too_many_rules"


def test_rows_are_those_of_the_form_whatever_is_stored_now() -> None:
    posted = {"restrictions:rows": "4", "restrictions:3:0": "9", "restrictions:3:1": '"D"'}
    assert rows(editing.typed(CONTENT, posted)) == ['1"A"', '2"B"', '3"C"', '9"D"']
    assert rows(editing.typed(CONTENT, {"restrictions:rows": "1"})) == ['1"A"']


@pytest.mark.parametrize(
    ("verb", "field"),
    [
        ("save", "draft"),
        ("add:restrictions", "restrictions:3:0"),
        ("remove:restrictions:2", "restrictions:1:0"),
        ("up:restrictions:1", "restrictions:0:0"),
        ("down:restrictions:2", "restrictions:2:0"),
    ],
)
def test_the_page_returns_to_the_row_that_was_touched(verb: str, field: str) -> None:
    assert editing.rearranged(CONTENT, {"do": verb})[1] == field


@pytest.mark.parametrize("text", ["x" * 2001, "a\x00b"])
def test_a_cell_too_long_or_with_a_nul_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        edited(CONTENT, {"restrictions:0:0": text})
    assert refused.value.code == "cell_invalid"
    fresh = edited(CONTENT, {"restrictions:0:0": "x" * 2000})
    assert len(fresh["tables"][0]["rules"][0]["inputs"][0]) == 2000


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "²", "9" * 10, "x"])
def test_a_form_without_a_whole_revision_does_not_fit(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        editing.revision_in({"revision": text})
    assert refused.value.code == "form_stale"
    assert editing.revision_in({"revision": "12"}) == 12


def test_faults_become_a_list_people_can_walk_through() -> None:
    with translation.override("en"):
        [shown] = screens.described([CellError("terms", 0, 2, "outside_product", "…")])
        assert (str(shown["table"]), shown["rule"], shown["column"]) == ("Terms", 1, 3)
        assert str(shown["text"]) == "Outside what the product allows."
        assert shown["anchor"] == "terms:0:2"
        [whole] = screens.described([CellError("terms", None, None, "no_rules", "…")])
        assert (whole["rule"], whole["column"]) == (None, None)


def test_what_unknown_means_is_chosen_at_the_column_and_stays_when_not_asked() -> None:
    chosen = edited(CONTENT, {"restrictions:unknown:0": "accepted"})
    assert chosen["tables"][0]["inputs"][0] == {
        "name": "score", "type": "number", "unknown": "accepted",
    }  # fmt: skip
    assert chosen["tables"][1] == CONTENT["tables"][1]
    assert edited(chosen, {}) == chosen
    assert edited(chosen, {"restrictions:unknown:0": ""}) == CONTENT
    assert edited(CONTENT, {"restrictions:unknown:0": "whatever"}) == CONTENT


def test_only_columns_that_can_be_unknown_are_asked_and_only_of_restrictions() -> None:
    content = copy.deepcopy(CONTENT)
    names = ("identity_status", "score_is_stale", "nonsense")
    content["tables"][0]["inputs"] += [{"name": name, "type": "string"} for name in names]
    causes, terms = screens.plain_tables(content)
    assert [column["unknown_field"] for column in causes["inputs"]] == [
        "restrictions:unknown:0", "", "", "",
    ]  # fmt: skip
    assert [column["unknown_field"] for column in terms["inputs"]] == [""]


ROOT = Path(words.__file__).parents[1]
SOURCES = (
    "tables/checks.py",
    "tables/parser.py",
    "tables/lexer.py",
    "policies/rules.py",
    "policies/review.py",
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
