"""What a table asks of a frame and which columns it answers with, before any frame is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from risk.tables.facts import HitPolicy, InputColumn, Table
from risk.tables.masks import word_columns
from risk.tables.outputs import OutputValues, asking_order, output_values
from risk.tables.parser import parse_tests
from risk.tables.regions import Region, region
from risk.tables.syntax import Anything

RuleCells = tuple[tuple[str, Region], ...]  # a fact's name and what the rule asks of it

MAY_BE_VIOLATED = (HitPolicy.UNIQUE, HitPolicy.ANY)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """`prefix` begins the names of its columns."""

    prefix: str
    hit_policy: HitPolicy
    rules: tuple[RuleCells, ...]
    order: tuple[int, ...]  # in which rules are asked for their outputs
    outputs: tuple[OutputValues, ...]
    flags: Mapping[str, frozenset[int]]

    @property
    def words(self) -> tuple[str, ...]:
        return word_columns(self.prefix, len(self.rules))

    @property
    def violated(self) -> tuple[str, ...]:
        return (f"{self.prefix}__violated",) if self.hit_policy in MAY_BE_VIOLATED else ()

    @property
    def output_columns(self) -> tuple[tuple[str, OutputValues], ...]:
        if self.hit_policy.gives_lists:
            return ()
        return tuple((f"{self.prefix}__{output.name}", output) for output in self.outputs)

    @property
    def flag_columns(self) -> tuple[tuple[str, frozenset[int]], ...]:
        return tuple((f"{self.prefix}__{name}", rules) for name, rules in self.flags.items())

    @property
    def columns(self) -> tuple[str, ...]:
        named = (*self.output_columns, *self.flag_columns)
        return (*self.words, *(name for name, _what in named), *self.violated)


def plan_table(prefix: str, table: Table, flags: Mapping[str, Iterable[int]]) -> TablePlan:
    """The table has passed `check_columns`."""
    asked = [
        _asked(column, {rule.inputs[index] for rule in table.rules})
        for index, column in enumerate(table.inputs)
    ]
    outputs = output_values(table)
    return TablePlan(
        prefix=prefix,
        hit_policy=table.hit_policy,
        rules=tuple(
            tuple(
                (column.name, regions[text])
                for column, regions, text in zip(table.inputs, asked, rule.inputs, strict=True)
                if text in regions
            )
            for rule in table.rules
        ),
        order=asking_order(table.hit_policy, outputs),
        outputs=outputs,
        flags={name: frozenset(rules) for name, rules in flags.items()},
    )


def _asked(column: InputColumn, texts: set[str]) -> dict[str, Region]:
    """By the cell's text; cells that ask nothing are left out."""
    tests = {text: parse_tests(text, type=column.type) for text in texts}
    return {
        text: region(test, column.type)
        for text, test in tests.items()
        if not isinstance(test, Anything)
    }
