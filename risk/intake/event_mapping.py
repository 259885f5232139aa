"""A mapping of events: whose, what kind, when, and what each says, from the cells of one row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from risk.events.facts import EventKind
from risk.intake.facts import EventField, EventMapping, MappingRefused, Moment
from risk.intake.mapping import FORMAT, MappingReader, digest_of, tables_in

_TOP = (*FORMAT, "event_id", "customer", "occurred_at", "kind", "fields", "device")
_KINDS = tuple(kind.value for kind in EventKind)


def read_mapping(raw: bytes, *, at: dt.datetime) -> EventMapping:
    """The mapping in a TOML file's bytes. Raises: MappingRefused with every fault."""
    given = tables_in(raw)
    reader = _Reader(at)
    mapping = reader.mapping(given, digest=digest_of(raw))
    if reader.faults:
        raise MappingRefused(reader.faults)
    return mapping


class _Reader(MappingReader):
    def mapping(self, given: dict[str, Any], *, digest: str) -> EventMapping:
        self.known_keys(given, _TOP, "")
        moment = self._occurred_at(given.get("occurred_at"))
        kind, constant = self._kind(given.get("kind"))
        return EventMapping(
            format=self.format(given, digest=digest),
            event_id=self.template(given.get("event_id"), "event_id", "the event's id"),
            customer=self.template(given.get("customer"), "customer", "the customer's reference"),
            occurred_at=moment,
            kind=kind,
            constant_kind=constant,
            fields=self._fields(given.get("fields", {})),
            device=self._device(given.get("device", {})),
        )

    def _occurred_at(self, given: Any) -> Moment:
        if isinstance(given, str):
            return Moment(None, self.column(given, "occurred_at"))
        if not isinstance(given, dict):
            self.fault("occurred_at", "name the column with the time of each event")
            return Moment(None, "")
        return self.moment(given, "occurred_at") or Moment(None, "")

    def _kind(self, given: Any) -> tuple[EventField, str]:
        if isinstance(given, str):
            return EventField("kind", column=self.column(given, "kind")), ""
        if not isinstance(given, dict):
            self.fault("kind", "name the column with each event's kind, or a value for all")
            return EventField("kind"), ""
        self.known_keys(given, ("column", "value", "map", "otherwise"), "kind")
        if ("column" in given) == ("value" in given):
            self.fault("kind", 'give either column = "…" or value = "…"')
            return EventField("kind"), ""
        if "value" in given:
            self._known_kinds([given["value"]])
            return EventField("kind"), str(given["value"])
        choices = self.choices(given, "kind")
        if choices:
            also = [] if choices.otherwise is None else [choices.otherwise]
            self._known_kinds([*choices.meanings.values(), *also])
        column = self.column(given["column"], "kind.column")
        return EventField("kind", column=column, choices=choices), ""

    def _known_kinds(self, given: Iterable[Any]) -> None:
        for kind in given:
            if kind not in _KINDS:
                self.fault("kind", f"{kind!r} is not one of {', '.join(_KINDS)}")

    def _fields(self, given: Any) -> tuple[EventField, ...]:
        table = self.table(given, "fields")
        self.known_keys(table, (*NUMBERS, *TEXTS), "fields")
        found = [
            self._number(name, entry, f"fields.{name}")
            if name in NUMBERS
            else self._text(name, entry, f"fields.{name}")
            for name, entry in table.items()
            if name in NUMBERS or name in TEXTS
        ]
        return tuple(field for field in found if field)

    def _number(self, name: str, given: Any, place: str) -> EventField | None:
        entry = given if isinstance(given, dict) else {"expression": given}
        self.known_keys(entry, ("expression", "if_divided_by_zero"), place)
        text = entry.get("expression")
        if isinstance(text, bool) or not isinstance(text, str | int):
            self.fault(place, "must be an expression over columns")
            return None
        expression = self.expression(str(text), place)
        zero = self.number(entry.get("if_divided_by_zero"), place)
        return EventField(name, expression, if_divided_by_zero=zero) if expression else None

    def _text(self, name: str, given: Any, place: str) -> EventField:
        entry = {"column": given} if isinstance(given, str) else self.table(given, place)
        self.known_keys(entry, ("column", "map", "otherwise"), place)
        column = self.column(entry.get("column"), f"{place}.column")
        return EventField(name, column=column, choices=self.choices(entry, place))

    def _device(self, given: Any) -> tuple[EventField, ...]:
        table = self.table(given, "device")
        return tuple(self._text(name, entry, f"device.{name}") for name, entry in table.items())
