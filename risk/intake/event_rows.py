"""From the cells of one row to one event as it was given, or to every reason why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from risk.intake.event_mapping import FLAGS
from risk.intake.facts import (
    DividedByZero,
    EventField,
    EventMapping,
    EventRow,
    Record,
    RowFault,
    Template,
)
from risk.intake.rows import BAD, Cells, RowReader
from risk.signals.event_fields import FIELDS
from risk.signals.given import GivenEvent

_OF_KIND = {kind.value: frozenset(fields.readers) for kind, fields in FIELDS.items()}


class EventReader(RowReader[EventMapping, EventRow]):
    """Raises: MappingRefused when a column is absent or ambiguous."""

    def __init__(self, *, mapping: EventMapping, header: list[str], now: dt.datetime) -> None:
        super().__init__(mapping=mapping, header=header, now=now)
        # Of a file with many kinds, each field is taken for the kinds that have it.
        self.fields = {
            kind: tuple(field for field in mapping.fields if field.name in names)
            for kind, names in _OF_KIND.items()
        }

        self.columns = {
            place.rpartition(".")[2]: column for column, place in mapping.columns.items()
        } | {"customer_reference": _first_column(mapping.customer)}

    def found(self, cells: list[str], record: Record) -> EventRow | list[RowFault]:
        return _OneRow(self, cells, record).row()


def _first_column(template: Template) -> str:
    return next((text for text, is_column in template if is_column), "")


class _OneRow(Cells):
    def __init__(self, reader: EventReader, cells: list[str], record: Record) -> None:
        super().__init__(reader.mapping.format, cells, reader.place, record)
        self.reader, self.mapping = reader, reader.mapping

    def row(self) -> EventRow | list[RowFault]:
        mapping = self.mapping
        event_id = self.filled(
            mapping.event_id, code="event_id_missing", words="Every row needs the event's id."
        )
        customer = self.filled(
            mapping.customer, code="reference_missing",
            words="Every row needs the customer's reference.",
        )  # fmt: skip
        occurred_at = self.moment(mapping.occurred_at, now=self.reader.now)
        kind = self._kind()
        said = self._said(self.reader.fields.get(kind or "", ()))
        if "device" in _OF_KIND.get(kind or "", ()) and (device := self._texts(mapping.device)):
            said["device"] = device
        if self.faults or occurred_at is None:
            return self.faults
        given = GivenEvent(event_id, kind, occurred_at, customer_reference=customer, fields=said)
        return EventRow(self.line, occurred_at, given, self.reader.columns)

    def _kind(self) -> str | None:
        if isinstance(self.mapping.kind, str):
            return self.mapping.kind
        kind = self._text(self.mapping.kind)
        if kind is None and not self.faults:
            self.fault(self.mapping.kind.column, "kind_missing", "Every row needs a kind.")
        return kind

    def _said(self, fields: Iterable[EventField]) -> dict[str, Any]:
        """What the row gives; an empty cell gives nothing."""
        said: dict[str, Any] = {}
        for field in fields:
            value = self._number(field) if field.expression else self._text(field)
            if value is not None:
                said[field.name] = value == "true" if field.name in FLAGS else value
        return said

    def _texts(self, fields: Iterable[EventField]) -> Mapping[str, str]:
        texts = {field.name: self._text(field) for field in fields}
        return {name: text for name, text in texts.items() if text is not None}

    def _text(self, field: EventField) -> str | None:
        text = self.cell(str(field.column))
        if text is None or field.choices is None:
            return text
        meaning = field.choices.meanings.get(text, field.choices.otherwise)
        if meaning is None:
            self.fault(field.column, f"{field.name}_unmapped", "The mapping has no such text.")
        return meaning

    def _number(self, field: EventField) -> Decimal | int | None:
        """Whole numbers as integers: that is what JSON has."""
        expression = field.expression
        if expression is None:
            return None
        given = [self.number(column) for column in expression.columns]
        if BAD in given:
            return None
        try:
            value = expression.value(given)
        except DividedByZero:
            value = field.if_divided_by_zero
        except DecimalException:
            names = " ".join(expression.columns)
            self.fault(names, f"{field.name}_not_computable", "The result is no usable number.")
            return None
        return int(value) if value is not None and value == value.to_integral_value() else value
