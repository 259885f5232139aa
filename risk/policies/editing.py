"""The draft editor's form: a field a cell, and buttons that add, remove or move a rule."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import Invalid
from risk.policies.screens import TABLE_TITLES
from risk.policies.words import error_words
from risk.tables.checks import CELL_AT_MOST, RULES_AT_MOST
from risk.tables.facts import CellError

VERB = "do"


def edited(content: Mapping[str, Any], posted: Mapping[str, str]) -> dict[str, Any]:
    """The draft with the posted cells, after the button's verb (save, add, remove, up, down).

    Cells not posted stay. Raises: Invalid when the form does not fit the draft.
    """
    fresh = copy.deepcopy(dict(content))
    for table in fresh["tables"]:
        for row, rule in enumerate(table["rules"]):
            width = len(rule["inputs"])
            for column in range(width + len(rule["outputs"])):
                text = posted.get(f"{table['name']}:{row}:{column}")
                if text is not None:
                    cells = rule["inputs"] if column < width else rule["outputs"]
                    cells[column - (0 if column < width else width)] = _cell(text)
    verb, _sep, where = posted.get(VERB, "save").partition(":")
    if verb != "save":
        _rearrange(fresh, verb, where)
    return fresh


def revision_in(posted: Mapping[str, str]) -> int:
    return _whole(posted.get("revision", ""))


def described(errors: Sequence[CellError]) -> list[dict[str, Any]]:
    """Faults as a list people can walk through."""
    return [
        {
            "table": TABLE_TITLES.get(error.table, error.table),
            "rule": None if error.rule is None else error.rule + 1,
            "column": None if error.column is None else error.column + 1,
            "text": error_words(error),
            "anchor": f"{error.table}:{error.rule}:{error.column}",
        }
        for error in errors
    ]


def _cell(text: str) -> str:
    if len(text) > CELL_AT_MOST or "\x00" in text:
        raise Invalid(_("A cell is too long or holds a control character."), code="cell_invalid")
    return text.strip()


def _rearrange(content: dict[str, Any], verb: str, where: str) -> None:
    name, _sep, row_text = where.partition(":")
    table = next((table for table in content["tables"] if table["name"] == name), None)
    if table is None:
        raise _does_not_fit()
    rules = table["rules"]
    if verb == "add":
        if len(rules) >= RULES_AT_MOST:
            raise Invalid(_("The table has too many rules."), code="too_many_rules")
        blank = {"inputs": ["-"] * len(table["inputs"]), "outputs": [""] * len(table["outputs"])}
        rules.append(blank)
        return
    row = _whole(row_text)
    if row >= len(rules):
        raise _does_not_fit()
    if verb == "remove":
        del rules[row]
    elif verb == "up" and row > 0:
        rules[row - 1], rules[row] = rules[row], rules[row - 1]
    elif verb == "down" and row < len(rules) - 1:
        rules[row + 1], rules[row] = rules[row], rules[row + 1]
    elif verb not in ("up", "down"):
        raise _does_not_fit()


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _does_not_fit()
    return int(text)


def _does_not_fit() -> Invalid:
    return Invalid(_("This form does not fit the draft any more."), code="form_stale")
