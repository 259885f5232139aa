"""The population compiler: a model as columns over a whole frame of customers.

The same meaning as `compiler`, for millions of rows at once, in Polars, DuckDB or PySpark alike.
`not` is pushed into the constants (see `regions`) and a null leaf counts as not fired, which is
SQL's IS TRUE. Cells and rules that are equal, in one table, two tables or two models, are worked
out once. Which rules fired stays a bit each until somebody asks for one customer.

Only `services` is imported by other rooms, and it brings this file in when it is first asked for
a population: a web process never loads a frame library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import narwhals as nw

from risk.tables.column_checks import check_columns, check_pair
from risk.tables.column_leaves import read_columns
from risk.tables.column_plan import TablePlan, plan_table
from risk.tables.column_stages import FrameExpressions
from risk.tables.facts import HitPolicy, InputColumn, InvalidModel, Model, WrongColumn
from risk.tables.masks import fired_rules

__all__ = ["ColumnModel", "Flags", "compile_columns", "compile_pair"]

Frame = TypeVar("Frame")
Flags = Mapping[str, Mapping[str, Iterable[int]]]  # by table, by the flag's name: rules from 0

# The engines the tests hold to one meaning.
_ENGINES = (
    nw.Implementation.POLARS, nw.Implementation.DUCKDB,
    nw.Implementation.PYSPARK, nw.Implementation.PYSPARK_CONNECT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnModel:
    """Call `evaluate` with a frame that has a column for every one of `inputs`.

    `columns` are the names it adds, in order.
    """

    inputs: tuple[InputColumn, ...]
    tables: tuple[TablePlan, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for table in self.tables for name in table.columns)

    def words(self, table: str) -> tuple[str, ...]:
        """Names of the columns with the fired rules of a table; `old__terms` in a pair."""
        return self._plan(table).words

    def fired(self, table: str, words: Sequence[int]) -> tuple[int, ...]:
        """The rules in one row's words, from 0: under O the most important first, else in the
        table's order.
        """
        plan, rules = self._plan(table), fired_rules(words)
        if plan.hit_policy is HitPolicy.OUTPUT_ORDER:
            return tuple(rule for rule in plan.order if rule in rules)
        return rules

    def _plan(self, table: str) -> TablePlan:
        [plan] = [plan for plan in self.tables if plan.prefix == table]
        return plan

    def evaluate(self, frame: Frame, *, places: Mapping[str, int] | None = None) -> Frame:
        """The frame with `columns` added; nothing is computed before a lazy one is collected.

        `places` says which integer columns hold a number times 10 to that power: a rate of 0.1825
        given as 1825 has 4 places. A Polars data frame is worked through by its streaming engine.

        Raises: WrongColumn.
        """
        given = _readable(frame)
        lazy = given.lazy() if isinstance(given, nw.DataFrame) else given
        schema = lazy.collect_schema()
        for name in self.columns:
            if name in schema:
                raise WrongColumn(
                    name=None, expected=None, given=f"the frame has a column {name} already"
                )
        found = FrameExpressions(self.tables, read_columns(self.inputs, schema, places or {}))
        for stage in found.stages():
            lazy = lazy.with_columns(**stage)
        lazy = lazy.select(*schema.names(), *self.columns)
        if isinstance(given, nw.LazyFrame):
            return cast(Frame, lazy.to_native())
        return cast(Frame, lazy.collect("polars", engine="streaming").to_native())


def compile_columns(model: Model, *, flags: Flags | None = None) -> ColumnModel:
    """Adds `<table>__fired_<word>`, `<table>__<output>`, `<table>__violated` and, for every flag,
    `<table>__<flag>`: whether any of its rules fired.

    Raises: InvalidModel with every fault.
    """
    errors = check_columns(model)
    if errors:
        raise InvalidModel(errors)
    return _column_model({"": model}, {"": flags or {}})


def compile_pair(
    old: Model, new: Model, *, old_flags: Flags | None = None, new_flags: Flags | None = None
) -> ColumnModel:
    """Both models in one pass; their columns begin with `old__` and `new__`.

    Raises: InvalidModel with every fault of both, and where they disagree on a fact's type.
    """
    errors = check_pair(old, new)
    if errors:
        raise InvalidModel(errors)
    return _column_model(
        {"old__": old, "new__": new}, {"old__": old_flags or {}, "new__": new_flags or {}}
    )


def _column_model(models: Mapping[str, Model], flags: Mapping[str, Flags]) -> ColumnModel:
    tables = [(prefix, table) for prefix, model in models.items() for table in model.tables]
    inputs = {column.name: column for _prefix, table in tables for column in table.inputs}
    return ColumnModel(
        inputs=tuple(inputs.values()),
        tables=tuple(
            plan_table(prefix + table.name, table, flags[prefix].get(table.name, {}))
            for prefix, table in tables
        ),
    )


def _readable(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    given = nw.from_native(frame, pass_through=True)
    if isinstance(given, nw.DataFrame | nw.LazyFrame) and given.implementation in _ENGINES:
        return given
    raise WrongColumn(
        name=None, expected=None, given="only frames of Polars, DuckDB and PySpark are read"
    )
