"""What a policy's tables must look like, beyond being tables. Pure.

A policy has two tables over the catalogued signals: `restrictions` COLLECTs causes, `terms`
picks the first row that fits.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from accounts.access.facts import Product
from risk.policies.facts import RESTRICTIONS, TERMS, UNDECIDED
from risk.signals.catalogue import COLUMNS, staleness_of
from risk.signals.facts import Signal
from risk.tables.axes import Domain
from risk.tables.facts import (
    CellError,
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Table,
    Unknown,
)
from risk.tables.parser import parse_literal, parse_tests
from risk.tables.services import check_model
from risk.tables.syntax import names_null

RESTRICTION_OUTPUTS = (
    OutputColumn("reason", FeelType.STRING),
    OutputColumn("effect", FeelType.STRING, allowed=("LIMITED", "CLOSED")),
    OutputColumn("limit_cents", FeelType.NUMBER),
    OutputColumn("days", FeelType.NUMBER),
)
TERMS_OUTPUTS = (
    OutputColumn("limit_cents", FeelType.NUMBER),
    OutputColumn("annual_rate", FeelType.NUMBER),
    OutputColumn("max_term_months", FeelType.NUMBER),
)
_SHAPES = {
    RESTRICTIONS: (HitPolicy.COLLECT, RESTRICTION_OUTPUTS),
    TERMS: (HitPolicy.FIRST, TERMS_OUTPUTS),
}
DAYS_AT_MOST = 3650


def check_policy(
    model: Model, *, product: Product, reason_codes: frozenset[str]
) -> tuple[CellError, ...]:
    """Every reason not to let this model decide about this product; empty when there is none."""
    shape = list(_shape_errors(model))
    if shape:
        return tuple(shape)
    known = Model(tuple(_with_allowed(table, reason_codes) for table in model.tables))
    # What the content itself allows is checked too: the tables are compiled as they are stored.
    errors = check_model(known) or check_model(model)
    if errors:
        return errors
    return tuple(
        error
        for table in model.tables
        for error in (*_value_errors(table, product=product), *_undecided(table))
    )


def domains(table: Table) -> dict[str, Domain]:
    """What a customer's value can be, by column. The table's columns are catalogued."""
    return {column.name: _domain(COLUMNS[column.name]) for column in table.inputs}


def _domain(signal: Signal) -> Domain:
    return Domain(
        least=signal.least,
        greatest=signal.greatest,
        places=signal.decimal_places,
        choices=signal.choices,
        may_be_null=signal.may_be_null,
        stale_of=staleness_of(signal.name),
    )


def _shape_errors(model: Model) -> Iterator[CellError]:
    names = {table.name for table in model.tables}
    for name in sorted(_SHAPES.keys() - names):
        yield CellError(name, None, None, "table_missing", f"The table {name} is missing.")
    for table in model.tables:
        if table.name not in _SHAPES:
            yield CellError(table.name, None, None, "table_unknown", "No such table in a policy.")
            continue
        hit_policy, outputs = _SHAPES[table.name]
        if table.hit_policy is not hit_policy:
            yield CellError(
                table.name, None, None, "hit_policy", f"The hit policy must be {hit_policy.value}."
            )
        if [(c.name, c.type) for c in table.outputs] != [(c.name, c.type) for c in outputs]:
            wanted = ", ".join(column.name for column in outputs)
            yield CellError(table.name, None, None, "outputs", f"The outputs must be {wanted}.")
        for index, column in enumerate(table.inputs):
            yield from _signal_errors(table, index, column)


def _signal_errors(table: Table, index: int, column: InputColumn) -> Iterator[CellError]:
    signal = COLUMNS.get(column.name)
    if signal is None:
        yield CellError(
            table.name, None, index, "signal_unknown", f"There is no signal {column.name}."
        )
    elif signal.type.value != column.type.value:
        yield CellError(
            table.name, None, index, "signal_type", f"{column.name} is a {signal.type.value}."
        )


def _with_allowed(table: Table, reason_codes: frozenset[str]) -> Table:
    """The same table with what texts may be: signal choices, reason codes, effects."""
    inputs = tuple(
        dataclasses.replace(column, allowed=COLUMNS[column.name].choices) for column in table.inputs
    )
    outputs = tuple(
        dataclasses.replace(column, allowed=_allowed(column, reason_codes))
        for column in table.outputs
    )
    return dataclasses.replace(table, inputs=inputs, outputs=outputs)


def _allowed(column: OutputColumn, reason_codes: frozenset[str]) -> tuple[str, ...]:
    if column.name == "reason":
        return tuple(sorted(reason_codes))
    return ("LIMITED", "CLOSED") if column.name == "effect" else ()


def _value_errors(table: Table, *, product: Product) -> Iterator[CellError]:
    """Output values within what the product allows, and none missing that is needed."""
    first = len(table.inputs)
    for rule_index, texts in _output_rows(table):
        values = [
            parse_literal(text, type=column.type)
            for text, column in zip(texts, table.outputs, strict=True)
        ]
        faults = (
            _restriction_faults(values)
            if table.name == RESTRICTIONS
            else _terms_faults(values, product)
        )
        for column, code, message in faults:
            yield CellError(table.name, rule_index, first + column, code, message)


def _undecided(table: Table) -> Iterator[CellError]:
    """Columns whose unknown would pass silently for clean; in the terms the order decides."""
    if table.name != RESTRICTIONS:
        return
    for index, column in enumerate(table.inputs):
        if column.unknown is Unknown.ACCEPTED or not COLUMNS[column.name].may_be_null:
            continue
        cells = {rule.inputs[index] for rule in table.rules}
        if not any(names_null(parse_tests(text, type=column.type)) for text in cells):
            yield CellError(
                table.name, None, index, UNDECIDED,
                f"No row says what follows when {column.name} is unknown (null), and the column "
                'does not say that this is accepted ("unknown": "accepted").',
                params={"name": column.name},
            )  # fmt: skip


def _output_rows(table: Table) -> Iterator[tuple[int | None, tuple[str, ...]]]:
    """Every row a table can answer with; the one of defaults (rule None) only if it has any."""
    yield from ((index, rule.outputs) for index, rule in enumerate(table.rules))
    defaults = tuple(column.default for column in table.outputs)
    if any(parse_literal(c.default, type=c.type) is not None for c in table.outputs):
        yield None, defaults


def _restriction_faults(values: list[object]) -> Iterator[tuple[int, str, str]]:
    reason, effect, limit, days = values
    if reason is None:
        yield 0, "value_needed", "A restriction needs a reason."
    if effect is None:
        yield 1, "value_needed", "A restriction needs an effect."
    if limit is not None:
        if effect != "LIMITED":
            yield 2, "limit_not_applicable", "Only LIMITED has an amount."
        elif not _whole(limit, 0, 10**15):
            yield 2, "not_whole", "A whole number of cents."
    if days is not None and not _whole(days, 1, DAYS_AT_MOST):
        yield 3, "not_whole", f"A whole number of days, 1 to {DAYS_AT_MOST}."


def _terms_faults(values: list[object], product: Product) -> Iterator[tuple[int, str, str]]:
    limit, rate, term = values
    if not _whole(limit, product.min_amount_cents, product.max_amount_cents):
        yield (
            0, "outside_product",
            f"Whole cents from {product.min_amount_cents} to {product.max_amount_cents}.",
        )  # fmt: skip
    if not isinstance(rate, Decimal) or not (
        product.min_annual_rate <= rate <= product.max_annual_rate
    ):
        yield (
            1, "outside_product",
            f"A yearly rate from {product.min_annual_rate} to {product.max_annual_rate}.",
        )  # fmt: skip
    elif rate != round(rate, 5):
        yield 1, "too_precise", "A rate has at most five decimal places."
    if not _whole(term, product.min_term_months, product.max_term_months):
        yield (
            2, "outside_product",
            f"Whole months from {product.min_term_months} to {product.max_term_months}.",
        )  # fmt: skip


def _whole(value: object, least: int, greatest: int) -> bool:
    return (
        isinstance(value, Decimal)
        and value == value.to_integral_value()
        and least <= value <= greatest
    )
