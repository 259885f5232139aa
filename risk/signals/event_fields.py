"""What each kind of event says, and how each field of it is read. Pure.

Details of a fault never repeat what was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.customers.rules import LENGTHS, has_controls
from risk.events.facts import EventKind
from risk.links.facts import LinkKind
from risk.links.keys import device_faults, normalised_contact
from risk.signals.catalogue import STORED

CENTS_AT_MOST = 10**15
CONTACTS = ("phone", "address", "email")
# What a bureau's record says, and the signal that follows from it.
BUREAU_SIGNALS = {
    "outside_debt_cents": "outside_debt_cents", "outside_lenders": "outside_lenders",
    "inquiries_30d": "bureau_inquiries_30d", "monthly_income_cents": "monthly_income_cents",
    "debt_to_income": "debt_to_income",
}  # fmt: skip
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_PHONE_FAULT = _("A phone number has 5 to 15 digits.")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


class Wrong(Exception):
    """A field's value cannot be: `code`, a translated text, and where inside the field."""

    def __init__(self, code: str, text: object, inside: str = "") -> None:
        super().__init__(code)
        self.code, self.text, self.inside = code, text, inside


Reader = Callable[[object], Any]


@dataclass(frozen=True, slots=True)
class Fields:
    """What a kind says: how each field is read, which must be there, of which at least one."""

    readers: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()


def _whole(least: int, greatest: int) -> Reader:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong("wrong_type", _("Must be a whole number."))
        _bound(value, least, greatest)
        return value

    return read


def _exact(least: Decimal, greatest: Decimal, places: int) -> Reader:
    def read(value: object) -> str:
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise Wrong("wrong_type", _("Must be a number."))
        number = Decimal(value)
        if not number.is_finite():
            raise Wrong("wrong_type", _("Must be a number."))
        _bound(number, least, greatest)
        if number != number.quantize(Decimal(1).scaleb(-places)):
            text = format_lazy(_("At most {most} decimal places."), most=places)
            raise Wrong("too_precise", text)
        return str(number.quantize(Decimal(1).scaleb(-places)))

    return read


def _bound(value: Decimal | int, least: Decimal | int, greatest: Decimal | int) -> None:
    if value < least:
        raise Wrong("too_small", format_lazy(_("Must be {least} or more."), least=least))
    if value > greatest:
        raise Wrong("too_great", format_lazy(_("Must be {most} or less."), most=greatest))


def _signal(name: str, places: int = 0, greatest: int = CENTS_AT_MOST) -> Reader:
    """Within the catalogue's bounds when the catalogue has this signal."""
    known = STORED.get(name)
    least, most = Decimal(0), Decimal(greatest)
    if known is not None:
        least, most = known.least or least, known.greatest or most
        places = known.decimal_places
    return _exact(least, most, places) if places else _whole(int(least), int(most))


def _code(value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise Wrong("malformed", _("1 to 40 letters, digits and . _ : -"))
    return value


def _choice(*choices: str) -> Reader:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            text = format_lazy(_("Must be one of: {choices}."), choices=", ".join(choices))
            raise Wrong("unknown_choice", text)
        return value

    return read


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("wrong_type", _("Must be true or false."))
    return value


def _text(most: int) -> Reader:
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong("wrong_type", _("Must be a string."))
        if not value.strip():
            raise Wrong("blank", _("Give a value or null."))
        if len(value) > most:
            raise Wrong("too_long", format_lazy(_("At most {most} characters."), most=most))
        if has_controls(value):
            raise Wrong("control_characters", _("No control characters."))
        return value

    return read


def _contact(kind: LinkKind, most: int) -> Reader:
    read_text = _text(most)

    def read(value: object) -> str:
        text: str = read_text(value)
        if not normalised_contact(kind, text):
            is_phone = kind in (LinkKind.PHONE, LinkKind.EMERGENCY_CONTACT)
            raise Wrong("malformed", _PHONE_FAULT if is_phone else _("Nothing to tell it by."))
        return text

    return read


def _device(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value:
        raise Wrong("wrong_type", _("Must be an object of what the device says about itself."))
    for fault in device_faults(value):
        raise Wrong(fault.code, fault.detail, fault.pointer)
    return dict(value)


_phone = _contact(LinkKind.PHONE, LENGTHS["phone"])
_emergency = _contact(LinkKind.EMERGENCY_CONTACT, LENGTHS["phone"])
_address = _contact(LinkKind.ADDRESS, LENGTHS["address"])
_employer = _contact(LinkKind.EMPLOYER, LENGTHS["employer"])
_payee = _contact(LinkKind.PAYEE, 120)
_cents, _days = _whole(0, CENTS_AT_MOST), _whole(0, 36_600)
_spent: dict[str, Reader] = {"amount_cents": _cents, "product": _code, "device": _device}
_outcome = Fields({"happened": _flag, "source": _code})
FIELDS: dict[EventKind, Fields] = {
    EventKind.APPLICATION: Fields(
        _spent
        | {"phone": _phone, "address": _address, "employer": _employer}
        | {"emergency_contact": _emergency},
        required=("amount_cents",),
    ),
    EventKind.REFUSAL: Fields({"amount_cents": _cents, "product": _code, "reason": _code}),
    EventKind.DRAWDOWN: Fields(_spent | {"payee": _payee}, required=("amount_cents",)),
    EventKind.REPAYMENT_DUE: Fields(
        {"amount_cents": _cents, "product": _code}, required=("amount_cents",)
    ),
    EventKind.REPAYMENT_PAID: Fields(
        {"amount_cents": _cents, "product": _code, "days_late": _days},
        required=("amount_cents",),
    ),
    EventKind.REPAYMENT_MISSED: Fields(
        {"amount_cents": _cents, "product": _code, "days_late": _days},
        required=("amount_cents",),
    ),
    EventKind.SCORE: Fields({"score": _signal("score")}, required=("score",)),
    EventKind.LIMIT: Fields(
        {"limit_cents": _signal("current_limit_cents"), "product": _code},
        required=("limit_cents",),
    ),
    EventKind.LOGIN: Fields({"device": _device}, required=("device",)),
    EventKind.CONTACT: Fields(
        {"changed": _choice(*CONTACTS), "phone": _phone, "address": _address}
        | {"emergency_contact": _emergency},
        required=("changed",),
    ),
    EventKind.EMPLOYMENT: Fields({"employer": _employer}),
    EventKind.BUREAU: Fields(
        {
            "outside_debt_cents": _signal("outside_debt_cents"),
            "outside_lenders": _signal("outside_lenders", greatest=10_000),
            "inquiries_30d": _signal("bureau_inquiries_30d", greatest=10_000),
            "monthly_income_cents": _signal("monthly_income_cents"),
            "debt_to_income": _signal("debt_to_income", places=4, greatest=1000),
        },
        any_of=tuple(BUREAU_SIGNALS),
    ),
    EventKind.DEFAULT: _outcome,
    EventKind.CURE: _outcome,
}
