"""Guilt by association: what links to other people may lead to, and what is said of it. Pure.

A signal of links tells of others: who shares a device, who of those is restricted. A row that looks
at one may limit, by itself or through what follows when no row fits, but not close: neither by its
effect, nor by an amount under which nothing can be borrowed, nor by leaving people without terms.
Only a justification in the content, signed with the tables, allows that. The reason such a row
gives says nothing of others whatever is justified.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from accounts.access.facts import Product
from compliance.reasons.facts import FOR_ASSOCIATION
from risk.policies.facts import RESTRICTIONS, TERMS
from risk.policies.rules import domains
from risk.signals.catalogue import COLUMNS
from risk.signals.facts import Signal, SignalSource
from risk.tables.analysis import looks_at, losing_rows
from risk.tables.facts import CellError, Model, Rule, Severity, Table, Value
from risk.tables.parser import parse_literal

JUSTIFICATION_AT_LEAST, JUSTIFICATION_AT_MOST = 20, 2000  # characters
OF_JUSTIFICATION = ("association_justification_length", "association_justification_idle")
_REASON, _EFFECT, _LIMIT = range(3)
Lost = tuple[dict[int, dict[str, Value]], tuple[int, ...]]


def is_of_others(signal: Signal) -> bool:
    """That such a value is too old has the same source, and tells as much."""
    return signal.source is SignalSource.LINKS


def is_justified(model: Model) -> bool:
    length = len(model.association_justification.strip())
    return JUSTIFICATION_AT_LEAST <= length <= JUSTIFICATION_AT_MOST


def association_findings(model: Model, *, product: Product) -> Iterator[CellError]:
    """Of sound tables. What closes is an error, or a warning once it is justified."""
    severity = Severity.WARNING if is_justified(model) else Severity.ERROR
    closing = [
        found
        for table in model.tables
        for found in (*_closing_rows(table, product, severity), *_closing_gaps(table, severity))
    ]
    yield from closing
    yield from (found for table in model.tables for found in _telling_reasons(table))
    yield from _justification_findings(model, is_needed=bool(closing))


def _closing_rows(table: Table, product: Product, severity: Severity) -> Iterator[CellError]:
    """At the effect, or at an amount that closes in all but name."""
    for rule, row in _rows_about_links(table):
        effect, cap = _output(table, row, _EFFECT), _output(table, row, _LIMIT)
        if effect == "CLOSED":
            yield _finding(
                table, rule, _EFFECT, "association_closes",
                "The row looks at links to other people and closes access; it may only limit.",
                severity,
            )  # fmt: skip
        elif cap is not None and cap < product.min_amount_cents:
            yield _finding(
                table, rule, _LIMIT, "association_leaves_nothing",
                "The row looks at links to other people and leaves nothing to be borrowed.",
                severity, params={"cents": product.min_amount_cents, "currency": product.currency},
            )  # fmt: skip


def _closing_gaps(table: Table, severity: Severity) -> Iterator[CellError]:
    """At the first cell that looks at links, where it alone leaves somebody with what closes."""
    if not _gap_closes(table):
        return
    lost, not_proven = _losing(table)
    for rule, row in _rows_about_links(table):
        column = next(index for index in _link_columns(table) if looks_at(table, row, index))
        if rule in lost:
            yield CellError(
                table.name, rule, column, "association_falls_through",
                "Because of this cell no row fits some customers, and access is closed.",
                severity=severity, example=lost[rule],
            )  # fmt: skip
        elif rule in not_proven:
            yield CellError(
                table.name, rule, column, "association_not_proven",
                "Not proven: whether this cell leaves somebody without a row, which closes.",
                severity=severity,
            )  # fmt: skip


@lru_cache(maxsize=64)
def _losing(table: Table) -> Lost:
    """The same table is searched once a process."""
    return losing_rows(table, columns=_link_columns(table), domains=domains(table))


def _gap_closes(table: Table) -> bool:
    """Without terms access is closed; without restrictions it is not, unless a default says so."""
    defaults = [parse_literal(column.default, type=column.type) for column in table.outputs]
    if table.name == TERMS:
        return all(value is None for value in defaults)
    return table.name == RESTRICTIONS and defaults[_EFFECT] == "CLOSED"


def _telling_reasons(table: Table) -> Iterator[CellError]:
    if table.name != RESTRICTIONS:
        return
    for rule, row in _rows_about_links(table):
        if _output(table, row, _REASON) not in FOR_ASSOCIATION:
            allowed = sorted(FOR_ASSOCIATION)
            yield _finding(
                table, rule, _REASON, "association_reason",
                "A row that looks at links to other people gives a reason that tells nothing of "
                f"them: {', '.join(allowed)}.",
                params={"reasons": allowed},
            )  # fmt: skip


def _justification_findings(model: Model, *, is_needed: bool) -> Iterator[CellError]:
    """Of no table in particular, so told of the one that collects causes."""
    if not model.association_justification:
        return
    if not is_justified(model):
        yield CellError(
            RESTRICTIONS, None, None, "association_justification_length",
            f"A justification has {JUSTIFICATION_AT_LEAST} to {JUSTIFICATION_AT_MOST} characters.",
            params={"at_least": JUSTIFICATION_AT_LEAST, "at_most": JUSTIFICATION_AT_MOST},
        )  # fmt: skip
    elif not is_needed:
        yield CellError(
            RESTRICTIONS, None, None, "association_justification_idle",
            "There is a justification for closing because of links, and nothing that needs it.",
            severity=Severity.WARNING,
        )  # fmt: skip


def _rows_about_links(table: Table) -> Iterator[tuple[int, Rule]]:
    columns = _link_columns(table)
    for rule, row in enumerate(table.rules):
        if any(looks_at(table, row, column) for column in columns):
            yield rule, row


def _link_columns(table: Table) -> tuple[int, ...]:
    return tuple(
        index for index, column in enumerate(table.inputs) if is_of_others(COLUMNS[column.name])
    )


def _output(table: Table, row: Rule, output: int) -> Any:
    """None in the terms, whose outputs are others."""
    if table.name != RESTRICTIONS:
        return None
    return parse_literal(row.outputs[output], type=table.outputs[output].type)


def _finding(
    table: Table,
    rule: int,
    output: int,
    code: str,
    message: str,
    severity: Severity = Severity.ERROR,
    *,
    params: dict[str, Any] | None = None,
) -> CellError:
    column = len(table.inputs) + output
    return CellError(table.name, rule, column, code, message, 0, params or {}, severity)
