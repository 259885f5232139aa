"""Everything wrong with a model, with table, row and cell named; never only the first fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from risk.tables.facts import (
    CellError,
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Table,
)
from risk.tables.parser import CellSyntaxError, parse_literal, parse_tests
from risk.tables.syntax import literals

RULES_AT_MOST = 2000
COLUMNS_AT_MOST = 60
CELL_AT_MOST = 2000
TABLES_AT_MOST = 20
VALUES_AT_MOST = 20_000  # a compiled column keeps two sets of rules for each of its values

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_NEEDS_NUMBERS = (HitPolicy.SUM, HitPolicy.LEAST, HitPolicy.GREATEST)


def check_model(model: Model) -> tuple[CellError, ...]:
    """Empty when the model can be compiled."""
    return tuple(_model_errors(model))


def _model_errors(model: Model) -> Iterator[CellError]:
    if not model.tables:
        yield CellError("", None, None, "no_tables", "The model has no tables.")
    if len(model.tables) > TABLES_AT_MOST:
        yield CellError(
            "", None, None, "too_many_tables", f"A model has at most {TABLES_AT_MOST} tables.",
            params={"at_most": TABLES_AT_MOST},
        )  # fmt: skip
    for name in _repeated(table.name for table in model.tables):
        yield CellError(
            name, None, None, "duplicate_table", f"Two tables are called {name}.",
            params={"name": name},
        )  # fmt: skip
    yield from type_conflicts(model.tables, {}, "another table")
    for table in model.tables:
        yield from _name_errors(table)
        yield from _size_errors(table)
        yield from _hit_policy_errors(table)
        yield from _allowed_errors(table)
        yield from _cell_errors(table)


def type_conflicts(
    tables: Iterable[Table], known_types: Mapping[str, FeelType], where: str
) -> Iterator[CellError]:
    """All look at the same facts, so one fact has one type. `where` one is known from."""
    types = dict(known_types)
    for table in tables:
        for index, column in enumerate(table.inputs):
            known = types.setdefault(column.name, column.type)
            if known is not column.type:
                yield CellError(
                    table.name, None, index, "type_conflict",
                    f"{column.name} is a {known.value} in {where}.",
                    params={"name": column.name, "type": known.value},
                )  # fmt: skip


def _name_errors(table: Table) -> Iterator[CellError]:
    if not _NAME.fullmatch(table.name):
        yield CellError(
            table.name, None, None, "bad_name",
            "A table's name is lower-case letters, digits and _.", params={"name": table.name},
        )  # fmt: skip
    names = [column.name for column in _columns(table)]
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name):
            yield CellError(
                table.name, None, index, "bad_name", f"{name!r} is not a column name.",
                params={"name": name},
            )  # fmt: skip
    for name in _repeated(names):
        yield CellError(
            table.name, None, len(names) - 1 - names[::-1].index(name), "duplicate_column",
            f"Two columns are called {name}.", params={"name": name},
        )  # fmt: skip


def _size_errors(table: Table) -> Iterator[CellError]:
    def error(code: str, message: str, at_most: int | None = None) -> CellError:
        params = {} if at_most is None else {"at_most": at_most}
        return CellError(table.name, None, None, code, message, params=params)

    if not table.inputs or not table.outputs:
        yield error("no_columns", "A table needs at least one input and one output.")
    if len(table.inputs) + len(table.outputs) > COLUMNS_AT_MOST:
        message = f"A table has at most {COLUMNS_AT_MOST} columns."
        yield error("too_many_columns", message, COLUMNS_AT_MOST)
    if not table.rules:
        yield error("no_rules", "A table needs at least one rule.")
    if len(table.rules) > RULES_AT_MOST:
        message = f"A table has at most {RULES_AT_MOST} rules."
        yield error("too_many_rules", message, RULES_AT_MOST)
    for index, rule in enumerate(table.rules):
        if len(rule.inputs) != len(table.inputs) or len(rule.outputs) != len(table.outputs):
            yield CellError(
                table.name, index, None, "wrong_width", "The rule has another number of cells."
            )


def _hit_policy_errors(table: Table) -> Iterator[CellError]:
    if table.hit_policy.is_ranked and table.outputs and not table.outputs[0].allowed:
        yield CellError(
            table.name, None, len(table.inputs), "priority_needs_allowed",
            "This hit policy needs the allowed values of the first output: they are the order.",
        )  # fmt: skip
    if not table.hit_policy.is_aggregate:
        return
    if len(table.outputs) > 1:
        yield CellError(
            table.name, None, None, "aggregate_one_output", "An aggregate needs one output."
        )
    for column, output in enumerate(table.outputs, start=len(table.inputs)):
        if table.hit_policy in _NEEDS_NUMBERS and output.type is not FeelType.NUMBER:
            yield CellError(
                table.name, None, column, "aggregate_number",
                "This aggregate needs a number output.",
            )  # fmt: skip
        if table.hit_policy is HitPolicy.COUNT and output.default.strip():
            yield CellError(
                table.name, None, column, "count_default",
                "A count has no default: the count of no rules is 0.",
            )  # fmt: skip


def _allowed_errors(table: Table) -> Iterator[CellError]:
    for index, column in enumerate(_columns(table)):
        if column.allowed and column.type is not FeelType.STRING:
            yield CellError(
                table.name, None, index, "allowed_needs_text",
                "Only a string column can list allowed values.",
            )  # fmt: skip


def _cell_errors(table: Table) -> Iterator[CellError]:
    """Of every cell that lies under a column, whatever else is wrong with the table."""
    first_output = len(table.inputs)
    values: set[tuple[int, Any]] = set()
    for column, output in enumerate(table.outputs, start=first_output):
        yield from _output_errors(table, None, column, output, output.default)
    for index, rule in enumerate(table.rules[:RULES_AT_MOST]):
        for column, (text, declared) in enumerate(zip(rule.inputs, table.inputs, strict=False)):
            yield from _input_errors(table, index, column, declared, text, values)
        outputs = zip(rule.outputs, table.outputs, strict=False)
        for column, (text, output) in enumerate(outputs, start=first_output):
            yield from _output_errors(table, index, column, output, text)
    if len(values) > VALUES_AT_MOST:
        yield CellError(
            table.name, None, None, "too_many_values",
            f"A table compares with at most {VALUES_AT_MOST} values.",
            params={"at_most": VALUES_AT_MOST},
        )  # fmt: skip


def _input_errors(
    table: Table, rule: int, column: int, declared: InputColumn, text: str, values: set[Any]
) -> Iterator[CellError]:
    """Adds what the cell compares with to `values`."""
    if len(text) > CELL_AT_MOST:
        yield _too_long(table, rule, column)
        return
    try:
        test = parse_tests(text, type=declared.type)
    except CellSyntaxError as error:
        yield _unreadable(table, rule, column, error)
        return
    for literal in literals(test):
        values.add((column, literal))
        yield from _allowed_value(table, rule, column, declared, literal)


def _output_errors(
    table: Table, rule: int | None, column: int, output: OutputColumn, text: str
) -> Iterator[CellError]:
    if len(text) > CELL_AT_MOST:
        yield _too_long(table, rule, column)
        return
    try:
        value = parse_literal(text, type=output.type)
    except CellSyntaxError as error:
        yield _unreadable(table, rule, column, error)
        return
    if value is not None:
        yield from _allowed_value(table, rule, column, output, value)
    elif rule is not None and table.hit_policy in _NEEDS_NUMBERS:
        yield CellError(table.name, rule, column, "number_needed", "This aggregate needs a number.")
    elif rule is not None and table.hit_policy.is_ranked and output.allowed:
        yield CellError(
            table.name, rule, column, "priority_needs_value",
            "Without one of the allowed values the rule has no place in the order.",
        )  # fmt: skip


def _allowed_value(
    table: Table, rule: int | None, column: int, declared: InputColumn | OutputColumn, value: Any
) -> Iterator[CellError]:
    if declared.type is FeelType.STRING and declared.allowed and value not in declared.allowed:
        yield CellError(
            table.name, rule, column, "not_allowed", f"{value} is not one of the allowed values.",
            params={"value": value, "allowed": list(declared.allowed)},
        )  # fmt: skip


def _too_long(table: Table, rule: int | None, column: int) -> CellError:
    return CellError(
        table.name, rule, column, "cell_too_long",
        f"A cell has at most {CELL_AT_MOST} characters.", params={"at_most": CELL_AT_MOST},
    )  # fmt: skip


def _unreadable(table: Table, rule: int | None, column: int, error: CellSyntaxError) -> CellError:
    return CellError(
        table.name, rule, column, error.code, error.message, error.position, error.params
    )


def _columns(table: Table) -> tuple[InputColumn | OutputColumn, ...]:
    return (*table.inputs, *table.outputs)


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
