"""What each hit policy makes of the rules that fired.

Source: DMN 1.5, 8.2.8 (U, A, P, F, R, O, C) and 8.2.9 (aggregates over all outputs, not distinct
ones; the count of none is 0, the sum, least and greatest of none are null).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from functools import lru_cache, reduce
from types import MappingProxyType
from typing import Any

from risk.tables.facts import HitPolicy, HitPolicyViolation, Table, TableOutcome
from risk.tables.masks import rules_of
from risk.tables.outputs import OutputValues, output_values, priority_order

Row = Mapping[str, Any]

# Cells have at most 34 digits on either side of the point, so sums stay exact far below 100.
# An own context, because the thread's may round to fewer digits and replay must not depend on it.
_EXACT = Context(prec=100, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Outputs:
    """A table's output cells as values, ready to be chosen from."""

    table: str
    hit_policy: HitPolicy
    rows: tuple[Row, ...]
    default: Row | None
    ranks: tuple[int, ...]  # per rule, 0 is the most important; empty where nothing is ranked

    @property
    def only_name(self) -> str:
        (name,) = self.rows[0]
        return name


Chooser = Callable[[Outputs, list[int]], Any]


def finisher(table: Table) -> Callable[[int, tuple[int, ...]], TableOutcome]:
    """From the fired rules as bits, and the columns for the trace, to the table's outcome."""
    outputs = _outputs(table)
    choose = _CHOOSERS[table.hit_policy]

    @lru_cache(maxsize=4096)  # everybody in whom the same cells match has the same outcome
    def finish(mask: int, columns: tuple[int, ...]) -> TableOutcome:
        fired = rules_of(mask)
        return TableOutcome(choose(outputs, fired), tuple(fired), columns)

    return finish


def _outputs(table: Table) -> Outputs:
    outputs = output_values(table)

    def row(values: Iterable[Any]) -> Row:
        # Read-only: every later evaluation gives out the same rows.
        return MappingProxyType(dict(zip((output.name for output in outputs), values, strict=True)))

    default = row(output.default for output in outputs)
    return Outputs(
        table=table.name,
        hit_policy=table.hit_policy,
        rows=tuple(map(row, zip(*(output.values for output in outputs), strict=True))),
        default=default if any(value is not None for value in default.values()) else None,
        ranks=_ranks(outputs) if table.hit_policy.is_ranked else (),
    )


def _ranks(outputs: Sequence[OutputValues]) -> tuple[int, ...]:
    order = priority_order(outputs)
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _unique(outputs: Outputs, fired: list[int]) -> Any:
    if len(fired) > 1:
        raise _violation(outputs, fired)
    return _first(outputs, fired)


def _any(outputs: Outputs, fired: list[int]) -> Any:
    if any(outputs.rows[rule] != outputs.rows[fired[0]] for rule in fired):
        raise _violation(outputs, fired)
    return _first(outputs, fired)


def _first(outputs: Outputs, fired: list[int]) -> Any:
    return outputs.rows[fired[0]] if fired else outputs.default


def _priority(outputs: Outputs, fired: list[int]) -> Any:
    return outputs.rows[min(fired, key=outputs.ranks.__getitem__)] if fired else outputs.default


def _output_order(outputs: Outputs, fired: list[int]) -> Any:
    return _collect(outputs, sorted(fired, key=outputs.ranks.__getitem__))


def _collect(outputs: Outputs, fired: list[int]) -> Any:
    if not fired and outputs.default is not None:
        return (outputs.default,)
    return tuple(outputs.rows[rule] for rule in fired)


def _aggregate(combine: Callable[[list[Decimal]], Decimal]) -> Chooser:
    def choose(outputs: Outputs, fired: list[int]) -> Any:
        name = outputs.only_name
        if not fired:
            return outputs.default[name] if outputs.default else None
        return combine([outputs.rows[rule][name] for rule in fired])

    return choose


def _sum(values: list[Decimal]) -> Decimal:
    return reduce(_EXACT.add, values)


def _count(outputs: Outputs, fired: list[int]) -> Any:
    return Decimal(len(fired))


_CHOOSERS: dict[HitPolicy, Chooser] = {
    HitPolicy.UNIQUE: _unique,
    HitPolicy.ANY: _any,
    HitPolicy.PRIORITY: _priority,
    HitPolicy.FIRST: _first,
    HitPolicy.RULE_ORDER: _collect,
    HitPolicy.OUTPUT_ORDER: _output_order,
    HitPolicy.COLLECT: _collect,
    HitPolicy.SUM: _aggregate(_sum),
    HitPolicy.LEAST: _aggregate(min),
    HitPolicy.GREATEST: _aggregate(max),
    HitPolicy.COUNT: _count,
}


def _violation(outputs: Outputs, fired: list[int]) -> HitPolicyViolation:
    return HitPolicyViolation(
        table=outputs.table, hit_policy=outputs.hit_policy, rules=tuple(fired)
    )
