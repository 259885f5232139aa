"""What tells one device, phone, address or payee from another. Pure.

A key is a keyed fingerprint of 16 bytes: equal things have equal keys, and nothing can be read
back. Of a device it is taken from what identifies it and stays: an id the app or the system
gives, else several measurements together. Everything else a device says about itself changes
(version, battery, network, place) or is shared by everybody with the same model, and is ignored:
one model of phone must not make strangers into neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.customers.rules import normalised_phone
from backoffice.lib import crypto
from backoffice.lib.errors import FieldFault, Invalid
from risk.links.facts import LinkKind

KEY_BYTES = crypto.INDEX_BYTES
ATTRIBUTES_AT_MOST = 50
NAME_LENGTH, VALUE_LENGTH, CONTACT_LENGTH = 40, 500, 300

# The first of these that is reported decides, alone: a later report with more of them still means
# the same device. From the one that lives longest to the one people can reset.
IDS = (
    "hardware_id", "device_id", "android_id", "vendor_id", "oaid", "advertising_id", "browser_id",
)  # fmt: skip
# Without an id: what a browser's graphics, sound and fonts measure to, with the slow rest.
MEASURED = ("canvas", "webgl", "audio", "fonts")
SLOW = ("platform", "manufacturer", "model", "screen", "cpu", "memory")
MEASURED_AT_LEAST = 3
PLATFORMS = ("android", "ios", "harmonyos", "windows", "macos", "linux")

# What systems report instead of an id: when it is refused (zeros), lost, or, the last one, by a
# fault of old Android versions that gave it to millions of phones.
_NO_ID = {
    "", "0", "unknown", "unavailable", "undefined", "null", "none", "nil", "na", "n/a", "nan",
    "9774d56d682e549c",
}  # fmt: skip
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{NAME_LENGTH - 1}}}")
_CONTACT_SPACE = {
    # A number is one thing, whether it is somebody's own or somebody's emergency contact.
    LinkKind.PHONE: "link.phone",
    LinkKind.EMERGENCY_CONTACT: "link.phone",
    LinkKind.ADDRESS: "link.address",
    LinkKind.EMPLOYER: "link.employer",
    LinkKind.PAYEE: "link.payee",
}


def device_key(attributes: Mapping[str, str]) -> bytes:
    """The device these attributes belong to. Raises: Invalid, naming every fault."""
    faults = device_faults(attributes)
    if faults:
        raise Invalid(_("The device is not described well."), code="device_invalid", faults=faults)
    return crypto.blind_index(_identity(attributes), purpose="link.device")


def device_faults(attributes: Mapping[str, str]) -> Sequence[FieldFault]:
    """Every reason to refuse a description of a device. Details never repeat a value."""
    if len(attributes) > ATTRIBUTES_AT_MOST:
        text = format_lazy(_("At most {most} attributes."), most=ATTRIBUTES_AT_MOST)
        return [FieldFault("", "too_many", text)]
    faults = [fault for name, value in attributes.items() for fault in _faults_of(name, value)]
    if not faults and not _identity(attributes):
        text = _("Nothing here tells one device from another of its model.")
        faults = [FieldFault("", "not_identified", text)]
    return faults


def platform_of(attributes: Mapping[str, str]) -> str:
    """A known operating system, or empty."""
    platform = _plain(attributes.get("platform", ""))
    return platform if platform in PLATFORMS else ""


def contact_key(kind: LinkKind, text: str) -> bytes:
    """The key of a phone, address, employer, emergency contact (a phone) or payee (an account).

    Raises: Invalid when nothing in it could be told from another. Never repeats the text.
    """
    plain = normalised_contact(kind, text)
    if not plain or len(text) > CONTACT_LENGTH:
        raise Invalid(_("Not a usable contact."), code="contact_invalid")
    return crypto.blind_index(plain, purpose=_CONTACT_SPACE[kind])


def normalised_contact(kind: LinkKind, text: str) -> str:
    """The form in which equal contacts are found equal; empty when it cannot be one.

    Phones: digits without the country code of mainland China. Others: half width, one case,
    letters and digits only. In an address one hyphen stays where something parted two digits:
    12-3 is not 1-23.
    """
    if _CONTACT_SPACE[kind] == "link.phone":
        digits = normalised_phone(text)
        return digits if 5 <= len(digits) <= 15 and set(digits) != {"0"} else ""
    return _letters_and_digits(text, parting="-" if kind is LinkKind.ADDRESS else "")


def _identity(attributes: Mapping[str, str]) -> str:
    """What of a description identifies the device, as one text; empty when nothing does."""
    for name in IDS:
        plain = _plain(attributes.get(name, ""))
        if plain not in _NO_ID and set(plain) - set("0-:"):
            return f"{name}={plain}"
    given = {name: _plain(attributes.get(name, "")) for name in (*MEASURED, *SLOW)}
    told = {name: plain for name, plain in given.items() if plain not in _NO_ID}
    if sum(name in told for name in MEASURED) < MEASURED_AT_LEAST:
        return ""
    return "\n".join(f"{name}={plain}" for name, plain in told.items())


def _faults_of(name: object, value: object) -> list[FieldFault]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        text = _("Attribute names are lower-case letters, digits and underscores, at most 40.")
        return [FieldFault("", "name_malformed", text)]
    pointer = f"/{name}"
    if not isinstance(value, str):
        return [FieldFault(pointer, "not_text", _("Give a text."))]
    if len(value) > VALUE_LENGTH:
        text = format_lazy(_("At most {most} characters."), most=VALUE_LENGTH)
        return [FieldFault(pointer, "too_long", text)]
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        return [FieldFault(pointer, "control_characters", _("No control characters."))]
    return []


def _plain(value: str) -> str:
    return "".join(unicodedata.normalize("NFKC", value).split()).casefold()


def _letters_and_digits(text: str, *, parting: str) -> str:
    plain: list[str] = []
    is_parted = False
    for character in unicodedata.normalize("NFKC", text).casefold():
        if unicodedata.category(character)[0] not in "LNM":
            is_parted = True
            continue
        if is_parted and plain and plain[-1].isdigit() and character.isdigit():
            plain.append(parting)
        plain.append(character)
        is_parted = False
    return "".join(plain)
