"""What is suspicious about a table that passed its checks: dead, double and clashing rows, gaps.

Every finding is proved and says where; what could not be settled within the budget is a finding
too. Rows that clash under U or A fail whoever meets both, so they are errors; the others warn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from risk.tables.axes import Axis, Domain, axes_of
from risk.tables.coverage import STEPS_AT_MOST, Coverage, OutOfSteps
from risk.tables.facts import CellError, HitPolicy, Rule, Severity, Table, Value
from risk.tables.masks import rules_of
from risk.tables.outputs import asking_order, output_values
from risk.tables.parser import parse_tests
from risk.tables.syntax import Anything

NO_DOMAINS: Mapping[str, Domain] = MappingProxyType({})
ROWS_NAMED = 10
# One answer out of many rows: without a row there is none. PRIORITY is named by its letter.
_ONE_ANSWER = ("U", "A", "P", "F")


def analyse(
    table: Table, *, domains: Mapping[str, Domain] = NO_DOMAINS, budget: int = STEPS_AT_MOST
) -> tuple[CellError, ...]:
    """Findings in the order of rows, those of the whole table last. Bounded by `budget` steps."""
    return _Analysis(table, domains, budget).findings()


def redundant_rows(
    table: Table,
    *,
    graver: Mapping[int, int],
    domains: Mapping[str, Domain] = NO_DOMAINS,
    budget: int = STEPS_AT_MOST,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows that add nothing to the rows `graver` has for them (as bits); and those not proven."""
    coverage = Coverage(axes_of(table, domains=domains), budget=budget)
    redundant, not_proven = [], []
    for rule, others in graver.items():
        try:
            if all(axis.held[rule] for axis in coverage.axes) and (
                coverage.beyond(rule, by=others) is None
            ):
                redundant.append(rule)
        except OutOfSteps:
            not_proven.append(rule)
    return tuple(redundant), tuple(not_proven)


def losing_rows(
    table: Table,
    *,
    columns: Collection[int],
    domains: Mapping[str, Domain] = NO_DOMAINS,
    budget: int = STEPS_AT_MOST,
) -> tuple[dict[int, dict[str, Value]], tuple[int, ...]]:
    """Rows by which these inputs leave somebody without any row; and those not proven.

    Each with somebody who fits all its other cells and no row of the table: with other values in
    these columns this row would have taken them.
    """
    tested = [
        (rule, row)
        for rule, row in enumerate(table.rules)
        if any(looks_at(table, row, column) for column in columns)
    ]
    blind = [
        dataclasses.replace(row, inputs=tuple(
            "-" if column in columns else text for column, text in enumerate(row.inputs)
        ))
        for _rule, row in tested
    ]  # fmt: skip
    wider = dataclasses.replace(table, rules=(*table.rules, *blind))
    coverage = Coverage(axes_of(wider, domains=domains), budget=budget)
    everyone = (1 << len(table.rules)) - 1
    found, not_proven = {}, []
    for place, (rule, _row) in enumerate(tested, start=len(table.rules)):
        try:
            lost = coverage.beyond(place, by=everyone)
            if lost is not None and all(axis.held[rule] for axis in coverage.axes):
                found[rule] = facts_at(table, coverage.axes, lost)
        except OutOfSteps:
            not_proven.append(rule)
    return found, tuple(not_proven)


def looks_at(table: Table, row: Rule, column: int) -> bool:
    """Whether an input's cell says anything; a dash fits everybody."""
    test = parse_tests(row.inputs[column], type=table.inputs[column].type)
    return not isinstance(test, Anything)


def facts_at(table: Table, axes: Sequence[Axis], places: Sequence[int]) -> dict[str, Value]:
    """Somebody who is there, in the order of the table's columns."""
    known = {
        name: value
        for axis, place in zip(axes, places, strict=True)
        for name, value in zip(axis.names, axis.values[place], strict=True)
    }
    return {column.name: known[column.name] for column in table.inputs}


class _Analysis:
    def __init__(self, table: Table, domains: Mapping[str, Domain], budget: int) -> None:
        self.table = table
        self.axes = axes_of(table, domains=domains)
        self.coverage = Coverage(self.axes, budget=budget)
        columns = output_values(table)
        self.outputs = list(zip(*(column.values for column in columns), strict=True))
        self.order = asking_order(table.hit_policy, columns)
        self.has_default = any(column.default is not None for column in columns)
        self.not_proven: list[int | None] = []

    def findings(self) -> tuple[CellError, ...]:
        dead = self._dead()
        doubles = self._duplicates(dead)
        settled = dead.keys() | doubles.keys()
        found = [*dead.values(), *doubles.values()]
        if self.table.hit_policy in (HitPolicy.FIRST, HitPolicy.PRIORITY):
            found += self._unreachable(settled)
        if self.table.hit_policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
            found += self._overlaps(settled)
        found.sort(key=lambda finding: finding.rule or 0)
        return (*found, *self._gaps(), *self._unsettled())

    def _dead(self) -> dict[int, CellError]:
        """Rows with a cell nobody can match, by themselves or beside the cell they share."""
        return {
            rule: _finding(self.table, rule, column, "never_fires", "No customer can match this.")
            for axis in reversed(self.axes)
            for rule, column in axis.blamed.items()
        }

    def _duplicates(self, dead: Mapping[int, CellError]) -> dict[int, CellError]:
        """Rows with the conditions, however written, and the answers of an earlier one."""
        first: dict[object, int] = {}
        found = {}
        for rule, outputs in enumerate(self.outputs):
            if rule in dead:
                continue
            key = (outputs, *(axis.held[rule] for axis in self.axes))
            earlier = first.setdefault(key, rule)
            if earlier != rule:
                found[rule] = _finding(
                    self.table, rule, None, "duplicate_row",
                    f"The row says the same as row {earlier + 1}.", {"rows": [earlier + 1]},
                    self._severity(),
                )  # fmt: skip
        return found

    def _severity(self) -> Severity:
        """Two rows at once are a fault only where just one may match."""
        is_fault = self.table.hit_policy is HitPolicy.UNIQUE
        return Severity.ERROR if is_fault else Severity.WARNING

    def _unreachable(self, settled: set[int]) -> Iterator[CellError]:
        """Rows that never give the answer: one before them, by place or by priority, always does.

        One that does it alone is named alone: the first of those.
        """
        before = 0
        for rule in self.order:
            ahead, before = before, before | 1 << rule
            if rule in settled:
                continue
            try:
                if self.coverage.beyond(rule, by=ahead) is not None:
                    continue
                alone = self.coverage.covering(rule) & ahead
                by = self._foremost(alone) or self.coverage.touching(rule) & ahead
            except OutOfSteps:
                self.not_proven.append(rule)
                continue
            yield _finding(
                self.table, rule, None, "unreachable",
                f"Rows that come first take everybody this row fits: {_listed(by)}.", _named(by),
            )  # fmt: skip

    def _foremost(self, rules: int) -> int:
        return next((1 << rule for rule in self.order if rules >> rule & 1), 0)

    def _overlaps(self, settled: set[int]) -> Iterator[CellError]:
        """For each row all that match with it and must not; somebody who meets it and the first."""
        is_any = self.table.hit_policy is HitPolicy.ANY
        alike: dict[object, int] = {}
        for rule, outputs in enumerate(self.outputs):
            alike[outputs] = alike.get(outputs, 0) | 1 << rule
        doubles = sum(1 << rule for rule in settled)
        for rule, outputs in enumerate(self.outputs):
            if rule in settled:
                continue
            may_meet = alike[outputs] if is_any else 1 << rule
            try:
                clashing = self.coverage.touching(rule) & ~(may_meet | doubles)
            except OutOfSteps:
                self.not_proven.append(rule)
                continue
            if clashing:
                first = (clashing & -clashing).bit_length() - 1
                yield _finding(
                    self.table, rule, None, "overlap",
                    f"Matches the same customer as rows {_listed(clashing)}.", _named(clashing),
                    Severity.ERROR, self._meeting(rule, first),
                )  # fmt: skip

    def _meeting(self, rule: int, other: int) -> dict[str, Value]:
        places = [
            next(place for place in axis.holding(rule) if axis.masks[place] >> other & 1)
            for axis in self.axes
        ]
        return facts_at(self.table, self.axes, places)

    def _gaps(self) -> Iterator[CellError]:
        if self.table.hit_policy.value not in _ONE_ANSWER or self.has_default:
            return
        try:
            places = self.coverage.gap()
        except OutOfSteps:
            self.not_proven.append(None)
            return
        if places is not None:
            yield _finding(
                self.table, None, None, "gap", "No row fits some customers.",
                example=facts_at(self.table, self.axes, places),
            )  # fmt: skip

    def _unsettled(self) -> Iterator[CellError]:
        rules = sum(1 << rule for rule in self.not_proven if rule is not None)
        if rules:
            yield _finding(
                self.table, None, None, "rows_not_proven",
                f"Not proven: whether other rows meet or cover rows {_listed(rules)}.",
                {"rows": _named(rules)["rows"], "count": rules.bit_count()},
            )  # fmt: skip
        if None in self.not_proven:
            yield _finding(
                self.table, None, None, "gap_not_proven",
                "Not proven: whether some row fits every customer.",
            )  # fmt: skip


def _finding(
    table: Table,
    rule: int | None,
    column: int | None,
    code: str,
    message: str,
    params: Mapping[str, object] | None = None,
    severity: Severity = Severity.WARNING,
    example: Mapping[str, Value] | None = None,
) -> CellError:
    return CellError(table.name, rule, column, code, message, 0, params or {}, severity, example)


def _named(rules: int) -> dict[str, object]:
    """As people count them, from 1: not more than are worth naming, and how many more there are."""
    rows = [rule + 1 for rule in rules_of(rules)]
    more = len(rows) - ROWS_NAMED
    return {"rows": rows[:ROWS_NAMED]} | ({"more": more} if more > 0 else {})


def _listed(rules: int) -> str:
    """For messages in English."""
    rows = [str(rule + 1) for rule in rules_of(rules)]
    more = len(rows) - ROWS_NAMED
    return ", ".join(rows[:ROWS_NAMED]) + (f" and {more} more" if more > 0 else "")
