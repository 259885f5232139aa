"""From the cells of one row to one customer, or to every reason why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import DecimalException
from typing import Any

from accounts.customers import rules as profiles
from accounts.customers.facts import Profile
from backoffice.lib import clock
from risk.intake.facts import (
    CustomerMapping,
    DividedByZero,
    Number,
    OutcomeSeen,
    ProfileField,
    Record,
    Row,
    RowFault,
    SignalSource,
)
from risk.intake.rows import BAD, Cells, RowReader
from risk.signals import rules as signals


class CustomerReader(RowReader[CustomerMapping, Row]):
    """Raises: MappingRefused when a column is absent or ambiguous."""

    def __init__(self, *, mapping: CustomerMapping, header: list[str], now: dt.datetime) -> None:
        super().__init__(mapping=mapping, header=header, now=now)
        self.today = clock.business_date(now)
        self.numeric = tuple(
            dict.fromkeys(
                column for s in mapping.signals if s.expression for column in s.expression.columns
            )
        )

    def found(self, cells: list[str], record: Record) -> Row | list[RowFault]:
        return _OneRow(self, cells, record).row()


class _OneRow(Cells):
    def __init__(self, reader: CustomerReader, cells: list[str], record: Record) -> None:
        super().__init__(reader.mapping.format, cells, reader.place, record)
        self.reader, self.mapping, self.now = reader, reader.mapping, reader.now

    def row(self) -> Row | list[RowFault]:
        reference = self._reference()
        profile = self._profile(self.reader.today)
        signals_at = (
            self.moment(self.mapping.signals_at, now=self.now) if self.mapping.signals_at else None
        )
        found = self._signals(self.reader.numeric)
        outcomes = self._outcomes()
        if self.faults:
            return self.faults
        return Row(self.line, reference, profile, found, signals_at, outcomes)

    def _reference(self) -> str:
        reference = self.filled(
            self.mapping.reference, code="reference_missing",
            words="Every row needs the customer's reference.",
        )  # fmt: skip
        if reference is None:
            return ""
        column = next((text for text, is_column in self.mapping.reference if is_column), "")
        for fault in profiles.reference_faults(reference):
            self.fault(column, f"reference_{fault.code}", fault.detail)
        return reference

    def _profile(self, today: dt.date) -> Profile:
        given: dict[str, Any] = {}
        columns = {}
        for field in self.mapping.profile:
            columns[f"/{field.name}"] = field.column or ""
            value = self._profile_value(field)
            if value is not None:
                given[field.name] = value
        profile = Profile(**given)
        if given:
            for fault in profiles.profile_faults(profile, today=today):
                self.fault(
                    columns[fault.pointer], f"{fault.pointer[1:]}_{fault.code}", fault.detail
                )
        return profile

    def _profile_value(self, field: ProfileField) -> Any:
        """None: the cell is empty, and what is on file stays."""
        if field.column is None:
            text = field.constant
        else:
            text = self.cell(field.column)
        if text is None:
            return None
        if field.choices is not None:
            found = field.choices.meanings.get(text, field.choices.otherwise)
            if found is None:
                self.fault(field.column, f"{field.name}_unmapped", "The mapping has no such text.")
            return found
        if field.name == "birth_date":
            day = clock.day_in(text, field.date_format)
            if day is None:
                self.fault(field.column, "birth_date_malformed", "Not a date of the format given.")
            return day
        return text

    def _signals(self, numeric: tuple[str, ...]) -> dict[str, Number]:
        numbers = {column: self.number(column) for column in numeric}
        found: dict[str, Number] = {}
        for source in self.mapping.signals:
            columns = source.expression.columns if source.expression else (source.code_column,)
            if any(numbers.get(column) is BAD for column in columns if column):
                continue
            value = self._signal(source, numbers)
            found[source.name] = value
            for fault in signals.faults_in({source.name: value}):
                names = " ".join(column for column in columns if column)
                self.fault(names, f"{fault.signal}_{fault.code}", fault.detail)
        return found

    def _signal(self, source: SignalSource, numbers: Mapping[str, Any]) -> Number:
        if source.expression is None:
            text = self.cell(str(source.code_column))
            if text is not None and text not in source.codes:
                self.fault(
                    source.code_column, f"{source.name}_unmapped", "The mapping has no such text."
                )
            return source.codes.get(text) if text is not None else None
        try:
            return source.expression.value([numbers[c] for c in source.expression.columns])
        except DividedByZero:
            return source.if_divided_by_zero
        except DecimalException:
            names = " ".join(source.expression.columns)
            self.fault(names, f"{source.name}_not_computable", "The result is no usable number.")
            return None

    def _outcomes(self) -> tuple[OutcomeSeen, ...]:
        found = []
        for outcome in self.mapping.outcomes:
            text = self.cell(outcome.column)
            if text is None:
                continue
            if text not in outcome.yes and text not in outcome.no:
                self.fault(
                    outcome.column, f"{outcome.kind}_unmapped", "The mapping has no such text."
                )
                continue
            observed_at = self.moment(outcome.observed_at, now=self.now)
            if observed_at is not None:
                found.append(OutcomeSeen(outcome.kind, text in outcome.yes, observed_at))
        return tuple(found)
