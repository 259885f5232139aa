"""What a person should hear about a policy before it moves on, beyond what forbids it. Pure.

Errors come from `rules`, from reasons that may not be given, from what links to other people would
lead to, and from rows that clash; the rest is what the analysis of the tables found, what does
nothing, and amounts that cannot work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from accounts.access.facts import Product
from compliance.reasons.facts import Wording
from risk.policies.association import association_findings
from risk.policies.facts import RESTRICTIONS, TERMS, Review
from risk.policies.rules import check_policy, domains
from risk.tables.analysis import analyse, redundant_rows
from risk.tables.facts import CellError, Model, Severity, Table
from risk.tables.parser import parse_literal

_REASON, _EFFECT, _LIMIT, _DAYS = range(4)
Rows = tuple[tuple[Any, ...], ...]


def review_policy(model: Model, *, product: Product, wordings: Mapping[str, Wording]) -> Review:
    """Nothing is analysed while the tables cannot be evaluated: people mend those errors first."""
    checked = Review(check_policy(model, product=product, reason_codes=frozenset(wordings)))
    if checked.harmful:
        return checked
    found = [*checked.undecided, *_reason_faults(model, wordings)]
    found += association_findings(model, product=product)
    for table in model.tables:
        found += analysed(table)
    found += _amount_warnings(model, product)
    order = [table.name for table in model.tables]
    found.sort(key=lambda fault: order.index(fault.table))
    return Review(
        tuple(fault for fault in found if fault.severity is Severity.ERROR),
        tuple(fault for fault in found if fault.severity is Severity.WARNING),
    )


@lru_cache(maxsize=64)
def analysed(table: Table) -> tuple[CellError, ...]:
    """Findings about one sound table of a policy; the same table is analysed once a process."""
    possible = domains(table)
    found = analyse(table, domains=possible)
    if table.name != RESTRICTIONS:
        return found
    settled = {finding.rule for finding in found}
    graver = {rule: others for rule, others in _graver_rows(_rows(table)) if rule not in settled}
    redundant, not_proven = redundant_rows(table, graver=graver, domains=possible)
    silent = [
        _warning(
            table, rule, None, "no_effect",
            "Wherever this row fits, rows with its reason narrow at least as much.",
        )
        for rule in redundant
    ]  # fmt: skip
    open_questions = [
        _warning(
            table, None, None, "effect_not_proven",
            "Not proven: whether every row can take effect.", {"count": len(not_proven)},
        )
    ] if not_proven else []  # fmt: skip
    return (*found, *silent, *open_questions)


def _rows(table: Table) -> Rows:
    return tuple(
        tuple(
            parse_literal(text, type=column.type)
            for text, column in zip(rule.outputs, table.outputs, strict=True)
        )
        for rule in table.rules
    )


def _graver_rows(rows: Rows) -> Iterator[tuple[int, int]]:
    """For every row those of the same reason beside which it says nothing, as bits.

    Causes of one reason become one: the most severe effect, the smallest cap, the latest end. Of
    two rows that say the same the later one is the one too many.
    """
    by_reason: dict[Any, list[int]] = {}
    for rule, row in enumerate(rows):
        by_reason.setdefault(row[_REASON], []).append(rule)
    for rule, row in enumerate(rows):
        others = 0
        for other in by_reason[row[_REASON]]:
            is_another = other < rule or (other > rule and rows[other][1:] != row[1:])
            if is_another and _narrows_as_much(rows[other], row):
                others |= 1 << other
        if others:
            yield rule, others


def _narrows_as_much(other: tuple[Any, ...], row: tuple[Any, ...]) -> bool:
    if other[_DAYS] is not None and (row[_DAYS] is None or other[_DAYS] < row[_DAYS]):
        return False
    if other[_EFFECT] != row[_EFFECT]:
        return bool(other[_EFFECT] == "CLOSED")
    return row[_LIMIT] is None or (other[_LIMIT] is not None and other[_LIMIT] <= row[_LIMIT])


def _reason_faults(model: Model, wordings: Mapping[str, Wording]) -> Iterator[CellError]:
    """At the cell of every row that gives a reason nobody may give now."""
    for table in (table for table in model.tables if table.name == RESTRICTIONS):
        column = len(table.inputs) + _REASON
        defaults = tuple(
            parse_literal(output.default, type=output.type) for output in table.outputs
        )
        for rule, row in (*enumerate(_rows(table)), (None, defaults)):
            wording = wordings.get(row[_REASON])
            if wording is None:
                continue
            if not wording.is_active:
                yield CellError(
                    table.name, rule, column, "reason_retired",
                    f"The reason {wording.code} is no longer in use.",
                    params={"reason": wording.code},
                )  # fmt: skip
            if wording.lacking:
                yield CellError(
                    table.name, rule, column, "reason_text_missing",
                    f"The reason {wording.code} lacks text or remedy in "
                    f"{', '.join(wording.lacking)}.",
                    params={"reason": wording.code, "languages": list(wording.lacking)},
                )  # fmt: skip


def _amount_warnings(model: Model, product: Product) -> Iterator[CellError]:
    """Caps that narrow nothing, and caps under which nothing can be borrowed."""
    tables = {table.name: table for table in model.tables}
    terms, restrictions = tables[TERMS], tables[RESTRICTIONS]
    defaults = tuple(parse_literal(c.default, type=c.type) for c in terms.outputs)
    offered = [row[0] for row in (*_rows(terms), defaults) if isinstance(row[0], Decimal)]
    most = max(offered, default=Decimal(product.max_amount_cents))
    column = len(restrictions.inputs) + _LIMIT
    for rule, row in enumerate(_rows(restrictions)):
        if row[_LIMIT] is not None and (fault := _cap_fault(row[_LIMIT], product, most)):
            message, code, cents = fault
            params = {"cents": int(cents), "currency": product.currency}
            yield _warning(restrictions, rule, column, code, message, params)


def _cap_fault(
    cap: Decimal, product: Product, most: Decimal
) -> tuple[str, str, Decimal | int] | None:
    """Shape: (message, code, the amount it is measured by)."""
    if cap > product.max_amount_cents:
        message = "The amount is above the product's greatest: it limits nobody."
        return message, "cap_above_product", product.max_amount_cents
    if cap >= most:
        return "No terms give more than this: it limits nobody.", "cap_above_terms", most
    if cap < product.min_amount_cents:
        message = "The amount is below the product's smallest: nothing can be borrowed."
        return message, "cap_below_product", product.min_amount_cents
    return None


def _warning(
    table: Table,
    rule: int | None,
    column: int | None,
    code: str,
    message: str,
    params: Mapping[str, Any] | None = None,
) -> CellError:
    return CellError(table.name, rule, column, code, message, 0, params or {}, Severity.WARNING)
