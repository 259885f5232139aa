"""One policy of 20 rules over 40 signals, as a table and as a person would write it in SQL and
in Python, and as many customers as wanted.

A condition is (signal, operator, value): rendered three times, so that all sides ask the same.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from risk.tables.facts import FeelType, HitPolicy, InputColumn, Model, OutputColumn, Rule, Table

STATUSES = ["verified", "mismatch", "failed", "unverified"]
NUMBERS = [f"n{index}" for index in range(30)]  # in cents, counts, scores: whole numbers
TEXTS = [f"s{index}" for index in range(5)]
TRUTHS = [f"b{index}" for index in range(5)]
SIGNALS = [*NUMBERS, *TEXTS, *TRUTHS]
TYPES = dict.fromkeys(NUMBERS, FeelType.NUMBER)
TYPES |= dict.fromkeys(TEXTS, FeelType.STRING) | dict.fromkeys(TRUTHS, FeelType.BOOLEAN)

Condition = tuple[str, str, Any]


def rules(shift: int = 0) -> list[list[Condition]]:
    """Two to four conditions each; every signal is asked for. `shift` moves the first five."""
    found: list[list[Condition]] = []
    for index in range(20):
        moved = shift if index < 5 else 0
        conditions: list[Condition] = [
            (f"n{index}", "<", 400 - 10 * index + moved),
            (f"n{20 + index % 10}", "between", (100 + index, 800)),
        ]
        if index % 4 == 0:
            conditions.append((f"s{index // 4}", "in", ("mismatch", "failed")))
        if index % 4 == 1:
            conditions.append((f"b{index // 4}", "is", True))
        if index % 4 == 2:
            conditions.append((f"n{(index + 7) % 20}", ">=", 200))
        found.append(conditions)
    return found


def _cell(operator: str, value: Any) -> str:
    if operator == "between":
        return f"[{value[0]}..{value[1]}]"
    if operator == "in":
        return ", ".join(f'"{text}"' for text in value)
    return "true" if operator == "is" else f"{operator} {value}"


def model(shift: int = 0) -> Model:
    def rule(index: int, conditions: list[Condition]) -> Rule:
        cells = {name: _cell(operator, value) for name, operator, value in conditions}
        effect = "CLOSED" if index % 2 else "LIMITED"
        inputs = tuple(cells.get(name, "-") for name in SIGNALS)
        return Rule(inputs, (f'"REASON_{index}"', f'"{effect}"'))

    outputs = (OutputColumn("reason", FeelType.STRING), OutputColumn("effect", FeelType.STRING))
    inputs = tuple(InputColumn(name, TYPES[name]) for name in SIGNALS)
    numbered = tuple(rule(index, conditions) for index, conditions in enumerate(rules(shift)))
    return Model((Table("restrictions", HitPolicy.COLLECT, inputs, outputs, numbered),))


FLAGS = {"restrictions": {"closed": range(1, 20, 2), "limited": range(0, 20, 2)}}


def sql_mask(shift: int = 0) -> str:
    """As somebody who knows DuckDB would write it."""

    def condition(name: str, operator: str, value: Any) -> str:
        if operator == "between":
            return f"{name} BETWEEN {value[0]} AND {value[1]}"
        if operator == "in":
            return f"{name} IN ({', '.join(repr(text) for text in value)})"
        return name if operator == "is" else f"{name} {operator} {value}"

    tests = [" AND ".join(condition(*one) for one in conditions) for conditions in rules(shift)]
    cases = [f"CASE WHEN {test} THEN {1 << bit} ELSE 0 END" for bit, test in enumerate(tests)]
    return " + ".join(cases)


def python_function(shift: int = 0) -> Any:
    """From the signals of one customer, in order, to the mask: twenty ifs."""

    def condition(name: str, operator: str, value: Any) -> str:
        known = f"{name} is not None and "
        if operator == "between":
            return f"{known}{value[0]} <= {name} <= {value[1]}"
        if operator == "in":
            return f"{name} in {value!r}"
        return f"{name} is True" if operator == "is" else f"{known}{name} {operator} {value}"

    lines = [f"def mask({', '.join(SIGNALS)}):", "    mask = 0"]
    for bit, conditions in enumerate(rules(shift)):
        lines.append(f"    if {' and '.join(condition(*one) for one in conditions)}:")
        lines.append(f"        mask += {1 << bit}")
    names: dict[str, Any] = {}
    exec("\n".join([*lines, "    return mask"]), names)
    return names["mask"]


def customers(count: int, *, first: int = 0) -> pl.DataFrame:
    """Every signal is unknown for one customer in twenty."""
    ids = pl.int_range(first, first + count, eager=True).alias("customer_id")

    def drawn(seed: int, values: int) -> pl.Series:
        return (ids.hash(seed) % values).cast(pl.Int64)

    columns: dict[str, pl.Series] = {"customer_id": ids}
    for seed, name in enumerate(NUMBERS):
        columns[name] = drawn(seed, 1000).cast(pl.Int64 if seed % 2 else pl.Int32)
    for seed, name in enumerate(TEXTS):
        texts = pl.Series(STATUSES).gather(drawn(100 + seed, len(STATUSES)))
        columns[name] = texts.cast(pl.Enum(STATUSES))
    for seed, name in enumerate(TRUTHS):
        columns[name] = drawn(200 + seed, 2) == 1
    frame = pl.DataFrame(columns)
    return frame.with_columns(
        pl.when(drawn(300 + seed, 20) > 0).then(pl.col(name)).alias(name)
        for seed, name in enumerate(SIGNALS)
    )
