"""What an event may say, kind by kind, and whether one that was given can be true. Pure.

Doors read all sorts of files and bodies; what they read is checked here, once and for all doors.
Details of a fault never repeat what was given.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.customers.rules import REFERENCE, has_controls
from backoffice.lib import clock, ids
from backoffice.lib.errors import FieldFault
from backoffice.lib.suggestions import closest
from risk.events.facts import EventKind
from risk.signals.event_fields import FIELDS, Fields, Reader, Wrong

UNKNOWN_FIELDS_NAMED = 20
COMMON = ("event_id", "kind", "customer_id", "customer_reference", "occurred_at")
_EVENT_ID = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}")
_KINDS = {kind.value: kind for kind in EventKind}
_YEARS = range(1900, 2200)  # shown in every zone without leaving the calendar


@dataclass(frozen=True, slots=True)
class GivenEvent:
    """An event as a door read it, unchecked. The customer by our id or by the lender's reference.

    `fields`: what this kind has besides, by name, as JSON has it; null is as good as not given.
    Personal data: never logged, never in an error.
    """

    event_id: object
    kind: object
    occurred_at: object
    customer_id: object = None
    customer_reference: object = None
    fields: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class CheckedEvent:
    """An event that can be true, of a customer who may not exist. `said`: its fields as kept."""

    event_id: str
    kind: EventKind
    occurred_at: dt.datetime
    customer_id: str
    customer_reference: str
    said: dict[str, Any]


class ItemStatus(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # accepted before: nothing happened, and nothing needs to
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What became of one event of a batch. `event_id` is empty when it could not be read.

    Pointers of `faults` lead into the event.
    """

    event_id: str
    status: ItemStatus
    faults: tuple[FieldFault, ...] = ()


def checked(
    given: GivenEvent, *, at: dt.datetime, earliest: dt.datetime
) -> CheckedEvent | tuple[FieldFault, ...]:
    """The event as it is kept, or every reason to refuse it.

    `earliest`: what happened before that is not taken.
    """
    faults: list[FieldFault] = []
    event_id = _read("event_id", given.event_id, _event_id, faults)
    kind = _read("kind", given.kind, _kind, faults)
    customer_id, reference = _customer(given, faults)
    moment = _read("occurred_at", given.occurred_at, _moment, faults)
    if moment is not None:
        faults += _time_faults(moment, at, earliest)
    said = _said(FIELDS[kind], given.fields or {}, faults) if kind is not None else {}
    if faults:
        return tuple(faults)
    return CheckedEvent(event_id, kind, moment, customer_id, reference, said)


def _event_id(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("wrong_type", _("Must be a string."))
    if not _EVENT_ID.fullmatch(value):
        raise Wrong("malformed", _("1 to 100 characters without spaces or controls."))
    return value


def readable_id(value: object) -> str:
    """The event's id when it is one: what an answer may repeat."""
    try:
        return _event_id(value)
    except Wrong:
        return ""


def _read(name: str, value: object, reader: Reader, faults: list[FieldFault]) -> Any:
    if value is None:
        faults.append(FieldFault(f"/{name}", "required", _("This is required.")))
        return None
    try:
        return reader(value)
    except Wrong as wrong:
        faults.append(FieldFault(f"/{name}{wrong.inside}", wrong.code, wrong.text))
        return None


def _customer(given: GivenEvent, faults: list[FieldFault]) -> tuple[str, str]:
    if (given.customer_id is None) == (given.customer_reference is None):
        text = _("Give either customer_id or customer_reference.")
        faults.append(FieldFault("/customer_id", "required", text))
    elif given.customer_id is not None:
        return _read("customer_id", given.customer_id, _customer_id, faults) or "", ""
    else:
        name = "customer_reference"
        return "", _read(name, given.customer_reference, _reference, faults) or ""
    return "", ""


def _time_faults(moment: dt.datetime, at: dt.datetime, earliest: dt.datetime) -> list[FieldFault]:
    if clock.lies_ahead(moment, at=at):
        return [FieldFault("/occurred_at", "time_in_future", _("This lies in the future."))]
    if moment < earliest:
        text = _("This is longer ago than events are kept.")
        return [FieldFault("/occurred_at", "time_too_old", text)]
    return []


def _said(kind: Fields, fields: Mapping[str, object], faults: list[FieldFault]) -> dict[str, Any]:
    said = {}
    unknown = [name for name in fields if name not in kind.readers]
    faults += [_unknown(name, kind) for name in unknown[:UNKNOWN_FIELDS_NAMED]]
    for name, reader in kind.readers.items():
        value = fields.get(name)
        if value is not None or name in kind.required:
            said[name] = _read(name, value, reader, faults)
    if kind.any_of and not any(name in said for name in kind.any_of):
        text = format_lazy(_("Give at least one of: {names}."), names=", ".join(kind.any_of))
        faults.append(FieldFault(f"/{kind.any_of[0]}", "required", text))
    return said


def _unknown(name: object, kind: Fields) -> FieldFault:
    text = str(name)[:60]
    guess = closest(text, [*COMMON, *kind.readers])
    detail: object = _("Unknown field.")
    if guess:
        detail = format_lazy(_("Unknown field. Did you mean {name}?"), name=guess)
    pointer = text.replace("~", "~0").replace("/", "~1")
    return FieldFault(f"/{pointer}", "unknown_field", detail)


def _kind(value: object) -> EventKind:
    found = _KINDS.get(value) if isinstance(value, str) else None
    if found is not None:
        return found
    guess = closest(value, _KINDS) if isinstance(value, str) else None
    text = format_lazy(_("Must be one of: {choices}."), choices=", ".join(_KINDS))
    if guess:
        text = format_lazy(_("No such kind. Did you mean {name}?"), name=guess)
    raise Wrong("unknown_choice", text)


def _customer_id(value: object) -> str:
    if not isinstance(value, str) or not ids.looks_valid("cus", value):
        raise Wrong("not_an_id", _("Not an id of this kind."))
    return value


def _reference(value: object) -> str:
    if not isinstance(value, str) or not REFERENCE.fullmatch(value) or has_controls(value):
        raise Wrong("malformed", _("1 to 64 characters without spaces or controls."))
    return value


def _moment(value: object) -> dt.datetime:
    if isinstance(value, str) and len(value) <= 40:
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, dt.datetime):
        raise Wrong("invalid", _("Not an instant in ISO 8601."))
    if value.tzinfo is None:
        raise Wrong("naive", _("Say the offset from UTC, such as Z."))
    if value.year not in _YEARS:
        raise Wrong("far_away", _("Must lie between the years 1900 and 2200."))
    return value.astimezone(dt.UTC)
