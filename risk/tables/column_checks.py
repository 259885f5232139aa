"""What the population compiler refuses because it could not answer it exactly. No frames here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from risk.tables.checks import check_model, type_conflicts
from risk.tables.column_plan import plan_table
from risk.tables.facts import CellError, FeelType, HitPolicy, Model, Table
from risk.tables.outputs import DIGITS_AT_MOST, number_shape, output_values
from risk.tables.parser import parse_tests
from risk.tables.syntax import literals

_FIRST_YEAR = 1000


def check_columns(model: Model) -> tuple[CellError, ...]:
    """Empty when the model can be compiled to columns; faults of the model itself come alone."""
    return check_model(model) or tuple(_column_errors(model))


def check_pair(old: Model, new: Model) -> tuple[CellError, ...]:
    """Both, and that they read the same facts as the same types."""
    errors = (*check_columns(old), *check_columns(new))
    types = {column.name: column.type for table in old.tables for column in table.inputs}
    return errors or tuple(type_conflicts(new.tables, types, "the other model"))


def _column_errors(model: Model) -> Iterator[CellError]:
    names: Counter[str] = Counter()
    for table in model.tables:
        names.update(plan_table(table.name, table, {}).columns)
        yield from _number_errors(table)
        yield from _date_errors(table)
    facts = {column.name for table in model.tables for column in table.inputs}
    for name in sorted(name for name, count in names.items() if count > 1 or name in facts):
        yield CellError(
            "", None, None, "column_clash", f"Two columns of the frame would be called {name}.",
            params={"name": name},
        )  # fmt: skip


def _number_errors(table: Table) -> Iterator[CellError]:
    if table.hit_policy.gives_lists:
        return  # they stay masks
    for column, output in enumerate(output_values(table), start=len(table.inputs)):
        if output.type is not FeelType.NUMBER or table.hit_policy is HitPolicy.COUNT:
            continue  # a count is small whatever is counted
        if not number_shape(output, table.hit_policy).is_exact:
            yield CellError(
                table.name, None, column, "too_many_digits",
                f"{output.name} needs more than {DIGITS_AT_MOST} digits for all its values.",
                params={"name": output.name, "at_most": DIGITS_AT_MOST},
            )  # fmt: skip


def _date_errors(table: Table) -> Iterator[CellError]:
    """Spark's client writes the year 33 as "33", which Java does not read."""
    for rule, column, dates in _dates(table):
        if any(date.year < _FIRST_YEAR for date in dates):
            yield CellError(
                table.name, rule, column, "date_too_early",
                f"Populations cannot be compared with years before {_FIRST_YEAR}.",
                params={"year": _FIRST_YEAR},
            )  # fmt: skip


def _dates(table: Table) -> Iterator[tuple[int | None, int, list[dt.date]]]:
    """(rule, column, the dates written there); no rule for a default."""
    for column, declared in enumerate(table.inputs):
        if declared.type is FeelType.DATE:
            for rule, cells in enumerate(table.rules):
                yield rule, column, literals(parse_tests(cells.inputs[column], type=declared.type))
    for column, output in enumerate(output_values(table), start=len(table.inputs)):
        if output.type is FeelType.DATE:
            values = [*enumerate(output.values), (None, output.default)]
            yield from ((where, column, [value]) for where, value in values if value)
