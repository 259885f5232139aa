"""From planned tables and a frame's columns to the expressions that widen the frame.

A frame is widened in stages, because a column that stands in the frame is worked out once in
every engine: leaves that several rules have, then rules, then what tables say, then what depends
on that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from operator import and_
from typing import Any

import narwhals as nw

from risk.tables.column_answers import (
    bits_of,
    exclusive_groups,
    has_fired,
    is_violated,
    output_column,
    unless_violated,
)
from risk.tables.column_leaves import Column, Leaf, expression
from risk.tables.column_plan import TablePlan
from risk.tables.masks import RULES_A_WORD

Stage = dict[str, nw.Expr]
BoundRule = frozenset[Leaf]

OWN = "sluice__"  # begins the names of columns that are gone in the end


class FrameExpressions:
    """All of one evaluation. Columns are asked for with a key; equal keys are worked out once."""

    def __init__(self, tables: Sequence[TablePlan], columns: Mapping[str, Column]) -> None:
        self.columns = columns
        self.says: Stage = {}
        self.depends: Stage = {}
        self.copies: Stage = {}
        self._known: dict[Any, str] = {}
        bound = [[self._bound(cells) for cells in table.rules] for table in tables]
        self.leaves, self.rules = _shared(rule for rules in bound for rule in rules)
        for table, rules in zip(tables, bound, strict=True):
            self._add_table(table, rules)

    def stages(self) -> Iterator[Stage]:
        leaves = {name: self._leaf(leaf) for leaf, name in self.leaves.items()}
        rules = {name: self._rule(rule) for rule, name in self.rules.items()}
        return filter(None, (leaves, rules, self.says, self.depends, self.copies))

    def _bound(self, cells: Iterable[tuple[str, Any]]) -> BoundRule:
        leaves = {self.columns[name].leaf(region) for name, region in cells}
        never = [leaf for leaf in leaves if leaf.is_never]
        return frozenset(never[:1] or (leaf for leaf in leaves if not leaf.is_always))

    def _leaf(self, leaf: Leaf) -> nw.Expr:
        return nw.lit(False) if leaf.is_never else expression(leaf, self.columns[leaf.column])

    def _rule(self, rule: BoundRule) -> nw.Expr:
        parts = [
            nw.col(self.leaves[leaf]) if leaf in self.leaves else self._leaf(leaf)
            for leaf in sorted(rule, key=repr)
        ]
        return reduce(and_, parts) if parts else nw.lit(True)

    def _add(self, stage: Stage, name: str, key: Any, build: Callable[[], nw.Expr]) -> None:
        if key in self._known:
            self.copies[name] = nw.col(self._known[key])
        else:
            self._known[key] = name
            stage[name] = build()

    def _add_table(self, table: TablePlan, bound: list[BoundRule]) -> None:
        rules = [self.rules[rule] for rule in bound]
        for word, name in enumerate(table.words):
            part = rules[word * RULES_A_WORD : (word + 1) * RULES_A_WORD]
            self._add(self.says, name, ("word", *part), partial(bits_of, part))
        for name, flagged in table.flag_columns:
            chosen = sorted({rules[rule] for rule in flagged})
            self._add(self.says, name, ("any", *chosen), partial(has_fired, chosen))
        groups = exclusive_groups(table, rules)
        for name in table.violated:
            self._add(self.says, name, ("violated", groups), partial(is_violated, groups))
        for name, output in table.output_columns:
            key = (table.hit_policy, *rules, table.order, output.values, output.default)
            build = partial(output_column, table.hit_policy, rules, table.order, output)
            if table.violated:
                source = self._known["violated", groups]
                build = partial(unless_violated, source, build, output)
                self._add(self.depends, name, (source, key), build)
            else:
                self._add(self.says, name, key, build)


def _shared(rules: Iterable[BoundRule]) -> tuple[dict[Leaf, str], dict[BoundRule, str]]:
    """Names for leaves that more than one rule has, and for rules."""
    named = {rule: f"{OWN}rule_{index}" for index, rule in enumerate(dict.fromkeys(rules))}
    counts = Counter(leaf for rule in named for leaf in rule)
    several = [leaf for leaf, count in counts.items() if count > 1]
    return {leaf: f"{OWN}leaf_{index}" for index, leaf in enumerate(several)}, named
