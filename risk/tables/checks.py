"""Everything wrong with a model, with table, row and cell named; never only the first fault."""

from __future__ import annotations

import re
from collections.abc import Iterator

from risk.tables.facts import CellError, FeelType, HitPolicy, Model, OutputColumn, Table
from risk.tables.parser import CellSyntaxError, parse_literal, parse_tests
from risk.tables.syntax import literals

RULES_AT_MOST = 2000
COLUMNS_AT_MOST = 60
CELL_AT_MOST = 2000
TABLES_AT_MOST = 20

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


def check_model(model: Model) -> tuple[CellError, ...]:
    """Empty when the model can be compiled."""
    found: list[CellError] = []
    if not model.tables:
        found.append(CellError("", None, None, "no_tables", "The model has no tables."))
    if len(model.tables) > TABLES_AT_MOST:
        found.append(CellError("", None, None, "too_many_tables", "The model has too many tables."))
    names = [table.name for table in model.tables]
    found += [
        CellError(name, None, None, "duplicate_table", f"Two tables are called {name}.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    for table in model.tables:
        found += _table_errors(table)
    return tuple(found)


def _table_errors(table: Table) -> list[CellError]:
    structure = list(_structure_errors(table))
    return structure or list(_cell_errors(table))


def _structure_errors(table: Table) -> Iterator[CellError]:
    def error(code: str, message: str, rule: int | None = None) -> CellError:
        return CellError(table.name, rule, None, code, message)

    columns = [column.name for column in (*table.inputs, *table.outputs)]
    if not _NAME.fullmatch(table.name):
        yield error("bad_name", "A table's name is lower-case letters, digits and _.")
    if not table.inputs or not table.outputs:
        yield error("no_columns", "A table needs at least one input and one output.")
    if len(columns) > COLUMNS_AT_MOST:
        yield error("too_many_columns", f"A table has at most {COLUMNS_AT_MOST} columns.")
    for name in columns:
        if not _NAME.fullmatch(name):
            yield error("bad_name", f"{name!r} is not a column name.")
    if len({*columns}) != len(columns):
        yield error("duplicate_column", "Two columns have the same name.")
    if not table.rules:
        yield error("no_rules", "A table needs at least one rule.")
    if len(table.rules) > RULES_AT_MOST:
        yield error("too_many_rules", f"A table has at most {RULES_AT_MOST} rules.")
    for index, rule in enumerate(table.rules):
        if len(rule.inputs) != len(table.inputs) or len(rule.outputs) != len(table.outputs):
            yield error("wrong_width", "The rule has another number of cells.", index)
    if table.hit_policy.is_aggregate:
        yield from _aggregate_errors(table)


def _aggregate_errors(table: Table) -> Iterator[CellError]:
    if len(table.outputs) != 1:
        yield CellError(
            table.name, None, None, "aggregate_one_output", "An aggregate needs one output."
        )
    elif table.outputs[0].type is not FeelType.NUMBER and table.hit_policy is not HitPolicy.COUNT:
        yield CellError(
            table.name, None, None, "aggregate_number", "This aggregate needs a number output."
        )


def _cell_errors(table: Table) -> Iterator[CellError]:
    for column, output in enumerate(table.outputs, start=len(table.inputs)):
        yield from _output_errors(table, None, column, output, output.default)
    for index, rule in enumerate(table.rules):
        for column, (text, declared) in enumerate(zip(rule.inputs, table.inputs, strict=True)):
            if len(text) > CELL_AT_MOST:
                yield CellError(table.name, index, column, "cell_too_long", "The cell is too long.")
                continue
            try:
                test = parse_tests(text, type=declared.type)
            except CellSyntaxError as error:
                yield CellError(
                    table.name, index, column, error.code, error.message, error.position
                )
                continue
            for literal in literals(test):
                if declared.allowed and literal not in declared.allowed:
                    yield _not_allowed(table, index, column, literal, declared.allowed)
        for column, (text, output) in enumerate(
            zip(rule.outputs, table.outputs, strict=True), start=len(table.inputs)
        ):
            yield from _output_errors(table, index, column, output, text)


def _output_errors(
    table: Table, rule: int | None, column: int, output: OutputColumn, text: str
) -> Iterator[CellError]:
    if len(text) > CELL_AT_MOST:
        yield CellError(table.name, rule, column, "cell_too_long", "The cell is too long.")
        return
    try:
        value = parse_literal(text, type=output.type)
    except CellSyntaxError as error:
        yield CellError(table.name, rule, column, error.code, error.message, error.position)
        return
    if value is not None and output.allowed and value not in output.allowed:
        yield _not_allowed(table, rule, column, value, output.allowed)
    needs_number = table.hit_policy in (HitPolicy.SUM, HitPolicy.LEAST, HitPolicy.GREATEST)
    if value is None and rule is not None and needs_number:
        yield CellError(table.name, rule, column, "number_needed", "This aggregate needs a number.")


def _not_allowed(
    table: Table, rule: int | None, column: int, value: object, allowed: tuple[str, ...]
) -> CellError:
    return CellError(
        table.name, rule, column, "not_allowed", f"{value} is not one of the allowed values.",
        params={"value": str(value), "allowed": list(allowed)},
    )  # fmt: skip
