"""The draft editor's form: a field a cell, and buttons that add, remove or move a rule."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import Invalid
from risk.tables.checks import CELL_AT_MOST, RULES_AT_MOST
from risk.tables.facts import Unknown

VERB = "do"


def typed(content: Mapping[str, Any], posted: Mapping[str, str]) -> dict[str, Any]:
    """The draft as the form shows it: the posted cells in their places; cells not posted stay.

    The number of rows is the form's, not the stored draft's: somebody else may have saved
    meanwhile, and what was typed must be shown again where it was.
    """
    fresh = copy.deepcopy(dict(content))
    for table in fresh["tables"]:
        for index, column in enumerate(table["inputs"]):
            chosen = posted.get(f"{table['name']}:unknown:{index}", column.get("unknown", ""))
            column.pop("unknown", None)
            if chosen == Unknown.ACCEPTED:
                column["unknown"] = chosen
        rules = table["rules"][: _row_count(table, posted)]
        rules += [_empty_rule(table) for _row in range(_row_count(table, posted) - len(rules))]
        for row, rule in enumerate(rules):
            width = len(rule["inputs"])
            cells = [
                posted.get(f"{table['name']}:{row}:{column}", text).strip()
                for column, text in enumerate([*rule["inputs"], *rule["outputs"]])
            ]
            rule["inputs"], rule["outputs"] = cells[:width], cells[width:]
        table["rules"] = rules
    return fresh


def rearranged(content: Mapping[str, Any], posted: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """What to store after the button's verb (save, add, remove, up, down), and the field to go to.

    Raises: Invalid when the form does not fit the draft or a cell cannot be kept.
    """
    fresh = copy.deepcopy(dict(content))
    for table in fresh["tables"]:
        for rule in table["rules"]:
            for text in (*rule["inputs"], *rule["outputs"]):
                _require_storable(text)
    verb, _sep, where = posted.get(VERB, "save").partition(":")
    return fresh, "draft" if verb == "save" else _rearrange(fresh, verb, where)


def revision_in(posted: Mapping[str, str]) -> int:
    return _whole(posted.get("revision", ""))


def _row_count(table: Mapping[str, Any], posted: Mapping[str, str]) -> int:
    text = posted.get(f"{table['name']}:rows", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    return min(int(text), RULES_AT_MOST) if is_number else len(table["rules"])


def _empty_rule(table: Mapping[str, Any]) -> dict[str, Any]:
    return {"inputs": ["-"] * len(table["inputs"]), "outputs": [""] * len(table["outputs"])}


def _require_storable(text: str) -> None:
    if len(text) > CELL_AT_MOST or "\x00" in text:
        raise Invalid(_("A cell is too long or holds a control character."), code="cell_invalid")


def _rearrange(content: dict[str, Any], verb: str, where: str) -> str:
    """Effects: changes the table in place; returns the field of the row that was touched."""
    name, _sep, row_text = where.partition(":")
    table = next((table for table in content["tables"] if table["name"] == name), None)
    if table is None:
        raise _does_not_fit()
    rules = table["rules"]
    if verb == "add":
        if len(rules) >= RULES_AT_MOST:
            raise Invalid(_("The table has too many rules."), code="too_many_rules")
        rules.append(_empty_rule(table))
        return f"{name}:{len(rules) - 1}:0"
    row = _whole(row_text)
    if row >= len(rules):
        raise _does_not_fit()
    return f"{name}:{_moved(rules, verb, row)}:0"


def _moved(rules: list[Any], verb: str, row: int) -> int:
    """Where the row, or the one that took its place, is now."""
    if verb == "remove":
        del rules[row]
        return max(0, min(row, len(rules) - 1))
    if verb not in ("up", "down"):
        raise _does_not_fit()
    to = row - 1 if verb == "up" else row + 1
    if not 0 <= to < len(rules):
        return row
    rules[row], rules[to] = rules[to], rules[row]
    return to


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _does_not_fit()
    return int(text)


def _does_not_fit() -> Invalid:
    return Invalid(_("This form does not fit the draft any more."), code="form_stale")
