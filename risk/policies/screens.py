"""Policy tables as screens show them: columns with words, rules with what matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from risk.policies.words import error_words
from risk.signals.catalogue import SIGNALS
from risk.tables.facts import CellError

TABLE_TITLES = {"restrictions": _("Restrictions"), "terms": _("Terms")}
TABLE_EXPLANATIONS = {
    "restrictions": _("Every row that fits is a cause to narrow access; the most severe wins."),
    "terms": _("The first row that fits gives the terms."),
}
OUTPUT_LABELS = {
    "reason": _("reason"), "effect": _("effect"), "limit_cents": _("limit (cents)"),
    "days": _("days"), "annual_rate": _("yearly rate"), "max_term_months": _("months at most"),
}  # fmt: skip


def traced_tables(content: Mapping[str, Any], trace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every table with the cells that matched and the rules that fired in one decision."""
    return [_table(table, trace.get(table["name"], {}), {}) for table in content["tables"]]


def plain_tables(
    content: Mapping[str, Any], errors: Sequence[CellError] = ()
) -> list[dict[str, Any]]:
    """Every table with the faults of each cell."""
    found = []
    for table in content["tables"]:
        mine = [error for error in errors if error.table == table["name"]]
        by_cell: dict[tuple[int | None, int | None], list[Any]] = {}
        for error in mine:
            by_cell.setdefault((error.rule, error.column), []).append(error_words(error))
        found.append(_table(table, {}, by_cell))
    return found


def _table(
    table: Mapping[str, Any], trace: Mapping[str, Any], errors: Mapping[Any, list[Any]]
) -> dict[str, Any]:
    return {
        "name": table["name"],
        "title": TABLE_TITLES.get(table["name"], table["name"]),
        "explanation": TABLE_EXPLANATIONS.get(table["name"], ""),
        "hit_policy": table["hit_policy"],
        "inputs": [
            {
                "name": column["name"],
                "label": _signal_label(column["name"]),
                "errors": errors.get((None, index), []),
            }
            for index, column in enumerate(table["inputs"])
        ],
        "outputs": [
            {"name": column["name"], "label": OUTPUT_LABELS.get(column["name"], column["name"])}
            for column in table["outputs"]
        ],
        "rules": [_rule(table, index, trace, errors) for index in range(len(table["rules"]))],
        "errors": errors.get((None, None), []),
    }


def _rule(
    table: Mapping[str, Any],
    index: int,
    trace: Mapping[str, Any],
    errors: Mapping[Any, list[Any]],
) -> dict[str, Any]:
    rule, first_output = table["rules"][index], len(table["inputs"])
    masks = [int(mask, 16) for mask in trace.get("columns", [])]
    cells = [
        {
            "text": text,
            "field": f"{table['name']}:{index}:{column}",
            "errors": errors.get((index, column), []),
        }
        for column, text in enumerate([*rule["inputs"], *rule["outputs"]])
    ]
    inputs = [
        {
            **cell,
            "text": cell["text"] or "-",
            "is_match": bool(masks and masks[column] >> index & 1),
        }
        for column, cell in enumerate(cells[:first_output])
    ]
    return {
        "number": index + 1,
        "is_fired": index in trace.get("fired", []),
        "inputs": inputs,
        "outputs": cells[first_output:],
        "errors": errors.get((index, None), []),
    }


def _signal_label(name: str) -> Any:
    return SIGNALS[name].label if name in SIGNALS else name
