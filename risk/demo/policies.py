"""The lender's policies, as small changes to the starter one. Thresholds are invented. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from risk.policies import starter

Row = tuple[Sequence[str], Sequence[str]]


def flex_first() -> dict[str, Any]:
    """The starter policy as shipped."""
    return starter.consumer_credit()


def flex_second() -> dict[str, Any]:
    """Stricter about scores, and about those who use nearly all they have."""
    content = flex_first()
    _set_score(content, "CLOSED", "< 600")
    _set_score(content, "LIMITED", "[600..640)")
    _add(
        content,
        {"score": "[640..690)", "utilisation": "> 0.7"},
        ['"POLICY_CHANGED"', '"LIMITED"', "2000000", ""],
    )
    return content


def flex_third() -> dict[str, Any]:
    """Stricter again: waits for an approver in the demo."""
    content = flex_second()
    _set_score(content, "CLOSED", "< 620")
    _set_score(content, "LIMITED", "[620..650)")
    return content


def flex_fourth() -> dict[str, Any]:
    """Cheaper for the best: somebody's unfinished work."""
    content = flex_second()
    content["tables"][1]["rules"][0]["outputs"][1] = "0.0680"
    return content


def instalment() -> dict[str, Any]:
    """For purchases of 500 to 30,000 yuan over 3 to 24 months."""
    return _with_terms(
        [
            ([">= 680", "-"], ["3000000", "0.0800", "24"]),
            (["[600..680)", "-"], ["1500000", "0.1200", "18"]),
            (["-", "-"], ["300000", "0.1500", "6"]),
        ]
    )


def business() -> dict[str, Any]:
    """For the self-employed: 10,000 to 500,000 yuan over 3 to 36 months."""
    return _with_terms(
        [
            ([">= 720", "<= 0.6"], ["50000000", "0.0650", "36"]),
            ([">= 660", "-"], ["20000000", "0.0850", "24"]),
            (["-", "-"], ["5000000", "0.1200", "12"]),
        ]
    )


def _with_terms(rows: Sequence[Row]) -> dict[str, Any]:
    content = flex_second()
    content["tables"][1]["rules"] = [
        {"inputs": list(inputs), "outputs": list(outputs)} for inputs, outputs in rows
    ]
    return content


def _set_score(content: dict[str, Any], effect: str, cell: str) -> None:
    """The scores that close, or limit."""
    table = content["tables"][0]
    wanted = ['"SCORE_TOO_LOW"', f'"{effect}"']
    rule = next(rule for rule in table["rules"] if rule["outputs"][:2] == wanted)
    rule["inputs"][_column(table, "score")] = cell


def _add(content: dict[str, Any], cells: dict[str, str], outputs: list[str]) -> None:
    table = content["tables"][0]
    inputs = ["-"] * len(table["inputs"])
    for name, cell in cells.items():
        inputs[_column(table, name)] = cell
    table["rules"].append({"inputs": inputs, "outputs": outputs})


def _column(table: dict[str, Any], name: str) -> int:
    return next(i for i, column in enumerate(table["inputs"]) if column["name"] == name)
