"""What a table says, as expressions over the columns of its rules.

A rule's column is true, false or null, and null is not fired. Sums and choices are balanced
trees: engines bound how deep an expression may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import add, or_
from typing import Any

import narwhals as nw

from risk.tables.column_plan import TablePlan
from risk.tables.facts import FeelType, HitPolicy
from risk.tables.outputs import DIGITS_AT_MOST, OutputValues, number_shape

_CHAIN_AT_MOST = 40

_PLAIN_TYPES: dict[FeelType, Any] = {
    FeelType.STRING: nw.String,
    FeelType.BOOLEAN: nw.Boolean,
    FeelType.DATE: nw.Date,
}


def bits_of(rules: Sequence[str]) -> nw.Expr:
    return _tree(add, [_either(name, _bits(1 << bit), _bits(0)) for bit, name in enumerate(rules)])


def _bits(value: int) -> nw.Expr:
    return nw.lit(value, dtype=nw.Int64)


def _either(rule: str, then: nw.Expr, otherwise: nw.Expr) -> nw.Expr:
    return nw.when(nw.col(rule)).then(then).otherwise(otherwise)


def _tree(combine: Callable[[Any, Any], Any], parts: Sequence[nw.Expr]) -> nw.Expr:
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    whole: nw.Expr = combine(_tree(combine, parts[:middle]), _tree(combine, parts[middle:]))
    return whole


def _any(rules: Iterable[str]) -> nw.Expr:
    return _tree(or_, [nw.col(name) for name in rules])


def has_fired(rules: Sequence[str]) -> nw.Expr:
    return (
        nw.when(_any(rules)).then(nw.lit(True)).otherwise(nw.lit(False)) if rules else nw.lit(False)
    )


def exclusive_groups(table: TablePlan, rules: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """At most one of these groups of rules may fire: each rule alone for U, equal rows for A."""
    if table.hit_policy is HitPolicy.UNIQUE:
        return tuple((name,) for name in rules)
    groups: dict[Any, list[str]] = {}
    for index, name in enumerate(rules):
        groups.setdefault(tuple(output.values[index] for output in table.outputs), []).append(name)
    return tuple(map(tuple, groups.values()))


def is_violated(groups: Iterable[Iterable[str]]) -> nw.Expr:
    one, none = nw.lit(1, dtype=nw.Int16), nw.lit(0, dtype=nw.Int16)
    return _tree(
        add, [nw.when(_any(rules)).then(one).otherwise(none) for rules in groups]
    ) > nw.lit(1)


def unless_violated(violated: str, build: Callable[[], nw.Expr], output: OutputValues) -> nw.Expr:
    nothing = _literal(None, output, HitPolicy.UNIQUE)
    return nw.when(nw.col(violated)).then(nothing).otherwise(build())


def output_column(
    policy: HitPolicy, rules: Sequence[str], order: Sequence[int], output: OutputValues
) -> nw.Expr:
    if policy is HitPolicy.COUNT:
        return _tree(add, [_either(name, _bits(1), _bits(0)) for name in rules])
    if policy is HitPolicy.SUM:
        return _sum(rules, output)
    runs = [
        ([rules[rule] for rule in same], _literal(value, output, policy))
        for value, same in groupby(order, key=lambda rule: output.values[rule])
    ]
    return _choice(runs, _literal(output.default, output, policy))


def _choice(runs: Sequence[tuple[list[str], nw.Expr]], default: nw.Expr) -> nw.Expr:
    """The value of the first run with a rule that fired."""
    if len(runs) > _CHAIN_AT_MOST:
        middle = len(runs) // 2
        early = [name for names, _value in runs[:middle] for name in names]
        return (
            nw.when(_any(early))
            .then(_choice(runs[:middle], default))
            .otherwise(_choice(runs[middle:], default))
        )
    (names, value), *rest = runs
    chain = nw.when(_any(names)).then(value)
    for names, value in rest:
        chain = chain.when(_any(names)).then(value)
    return chain.otherwise(default)


def _sum(rules: Sequence[str], output: OutputValues) -> nw.Expr:
    shape = number_shape(output, HitPolicy.SUM)

    def summand(value: Any) -> nw.Expr:
        if shape.is_integer:
            return _bits(int(value))
        # Narrow, so that an engine which widens the type at every sum need not drop decimals.
        return nw.lit(value).cast(nw.Decimal(shape.unsummed, shape.decimals))

    parts = [
        _either(name, summand(value), summand(0))
        for name, value in zip(rules, output.values, strict=True)
    ]
    total = _tree(add, parts)
    if not shape.is_integer:
        total = total.cast(nw.Decimal(DIGITS_AT_MOST, shape.decimals))
    return (
        nw.when(_any(rules)).then(total).otherwise(_literal(output.default, output, HitPolicy.SUM))
    )


def _literal(value: Any, output: OutputValues, hit_policy: HitPolicy) -> nw.Expr:
    if output.type is not FeelType.NUMBER:
        return nw.lit(value, dtype=_PLAIN_TYPES[output.type])
    shape = number_shape(output, hit_policy)
    if shape.is_integer or hit_policy is HitPolicy.COUNT:
        return nw.lit(None if value is None else int(value), dtype=nw.Int64)
    return nw.lit(value).cast(nw.Decimal(DIGITS_AT_MOST, shape.decimals))
