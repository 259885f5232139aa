"""A mapping of events: whose, what kind, when, and what each says, from the cells of one row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from risk.events.facts import EventKind
from risk.intake.facts import Choices, EventField, EventMapping, MappingRefused, Moment
from risk.intake.mapping import FORMAT, MappingReader, digest_of, tables_in
from risk.signals.event_fields import FIELDS

_TOP = (*FORMAT, "event_id", "customer", "occurred_at", "kind", "fields", "device")
_KINDS = tuple(kind.value for kind in EventKind)
# How a mapping gives what events say: numbers by an expression, a flag by the texts for yes and
# no, the device by a table of its own, everything else by a column.
FLAGS = ("happened",)
NUMBERS = (
    "amount_cents", "limit_cents", "days_late", "score", "outside_debt_cents", "outside_lenders",
    "inquiries_30d", "monthly_income_cents", "debt_to_income",
)  # fmt: skip
TEXTS = tuple(
    dict.fromkeys(
        name
        for fields in FIELDS.values()
        for name in fields.readers
        if name not in (*NUMBERS, *FLAGS, "device")
    )
)


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
        return EventMapping(
            format=self.format(given, digest=digest),
            event_id=self.template(given.get("event_id"), "event_id", "the event's id"),
            customer=self.template(given.get("customer"), "customer", "the customer's reference"),
            occurred_at=moment,
            kind=self._kind(given.get("kind")),
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

    def _kind(self, given: Any) -> EventField | str:
        if isinstance(given, str):
            return EventField("kind", column=self.column(given, "kind"))
        if not isinstance(given, dict):
            self.fault("kind", "name the column with each event's kind, or a value for all")
            return ""
        self.known_keys(given, ("column", "value", "map", "otherwise"), "kind")
        if ("column" in given) == ("value" in given):
            self.fault("kind", 'give either column = "…" or value = "…"')
            return ""
        if "value" in given:
            self._known_kinds([given["value"]])
            return str(given["value"])
        choices = self.choices(given, "kind")
        if choices:
            also = [] if choices.otherwise is None else [choices.otherwise]
            self._known_kinds([*choices.meanings.values(), *also])
        column = self.column(given["column"], "kind.column")
        return EventField("kind", column=column, choices=choices)

    def _known_kinds(self, given: Iterable[Any]) -> None:
        for kind in given:
            if kind not in _KINDS:
                self.fault("kind", f"{kind!r} is not one of {', '.join(_KINDS)}")

    def _fields(self, given: Any) -> tuple[EventField, ...]:
        table = self.table(given, "fields")
        self.known_keys(table, (*NUMBERS, *FLAGS, *TEXTS), "fields")
        found = [self._field(name, entry, f"fields.{name}") for name, entry in table.items()]
        return tuple(field for field in found if field)

    def _field(self, name: str, given: Any, place: str) -> EventField | None:
        if name in NUMBERS:
            return self._number(name, given, place)
        if name in FLAGS:
            return self._flag(name, given, place)
        return self._text(name, given, place)

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

    def _flag(self, name: str, given: Any, place: str) -> EventField:
        entry = self.table(given, place)
        self.known_keys(entry, ("column", "true", "false"), place)
        yes, no = (self.texts(entry.get(key, []), f"{place}.{key}") for key in ("true", "false"))
        if not yes or not no or set(yes) & set(no):
            self.fault(place, 'say which texts mean yes and no: true = ["1"], false = ["0"]')
        meanings = dict.fromkeys(yes, "true") | dict.fromkeys(no, "false")
        column = self.column(entry.get("column"), f"{place}.column")
        return EventField(name, column=column, choices=Choices(meanings))

    def _device(self, given: Any) -> tuple[EventField, ...]:
        table = self.table(given, "device")
        return tuple(self._text(name, entry, f"device.{name}") for name, entry in table.items())
