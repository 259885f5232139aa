"""What each hit policy makes of the rules that matched.

Source: DMN 1.5, 8.2.8 and 8.2.9. Collect aggregates every match, equal ones too; the count of
none is 0; the sum, least and greatest of none are null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from risk.dmn import arithmetic
from risk.dmn.builtins import BUILT_IN
from risk.dmn.facts import Aggregation, EvaluationFailed, HitPolicy
from risk.dmn.limits import Meter
from risk.dmn.syntax import Table

Row = tuple[Any, ...]
_MANY = (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT)


def looked_at(table: Table, fired: list[int]) -> list[int]:
    """The rules whose outputs matter. Raises: EvaluationFailed when U matches twice."""
    if table.hit_policy is HitPolicy.UNIQUE and len(fired) > 1:
        raise _broken(table, fired, "only one rule may match")
    return fired[:1] if table.hit_policy is HitPolicy.FIRST else fired


def without_match(table: Table, defaults: Row | None) -> Any:
    if defaults is not None:
        value = _value(table, defaults)
        is_list = table.hit_policy in _MANY and table.aggregation is None
        return (value,) if is_list else value
    if table.aggregation is Aggregation.COUNT:
        return Decimal(0)
    return None


def chosen(
    table: Table,
    fired: list[int],
    rows: list[Row],
    priorities: Sequence[Row],
    meter: Meter,
) -> Any:
    """Of at least one match. Raises: EvaluationFailed."""
    if table.hit_policy is HitPolicy.ANY:
        _check_same(table, fired, rows, meter)
    if table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        rows = _by_priority(table, fired, rows, priorities, meter)
    if table.aggregation is not None:
        outputs = tuple(row[0] for row in rows)
        return BUILT_IN[_AGGREGATES[table.aggregation]].call((outputs,), meter)
    if table.hit_policy in _MANY:
        values = tuple(_value(table, row) for row in rows)
        meter.keep(values)
        return values
    return _value(table, rows[0])


def _value(table: Table, row: Row) -> Any:
    if len(table.outputs) == 1:
        return row[0]
    return {clause.name: value for clause, value in zip(table.outputs, row, strict=True)}


def _check_same(table: Table, fired: list[int], rows: list[Row], meter: Meter) -> None:
    if any(arithmetic.equal(row, rows[0], meter) is not True for row in rows[1:]):
        raise _broken(table, fired, "all rules that match have to give the same outputs")


def _by_priority(
    table: Table, fired: list[int], rows: list[Row], priorities: Sequence[Row], meter: Meter
) -> list[Row]:
    """Rows by the places of their values in the output values, from the first output on."""

    def place(rule: int, row: Row) -> tuple[int, ...]:
        return tuple(
            _place(table, rule, value, values, meter)
            for value, values in zip(row, priorities, strict=True)
            if values
        )

    ranked = sorted(
        zip(fired, rows, strict=True), key=lambda one: place(one[0], one[1])
    )  # stable: equals stay in rule order
    return [row for _rule, row in ranked]


def _place(table: Table, rule: int, value: Any, values: Row, meter: Meter) -> int:
    for index, listed in enumerate(values):
        if arithmetic.equal(value, listed, meter) is True:
            return index
    raise EvaluationFailed(
        place=f"{table.place}, rule {rule + 1}",
        message="an output is not among the output values, so it has no priority",
    )


# One meaning: what the functions of these names make of the outputs.
_AGGREGATES: Mapping[Aggregation, str] = {
    Aggregation.SUM: "sum",
    Aggregation.MIN: "min",
    Aggregation.MAX: "max",
    Aggregation.COUNT: "count",
}


def _broken(table: Table, fired: list[int], why: str) -> EvaluationFailed:
    shown = ", ".join(str(rule + 1) for rule in fired[:10]) + ", …" * (len(fired) > 10)
    return EvaluationFailed(
        place=table.place,
        message=f"hit policy {table.hit_policy.value}: rules {shown} match; {why}",
    )
