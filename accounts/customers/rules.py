"""What a profile may hold, how it is compared and how it is masked. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.customers.facts import NOT_GIVEN, Profile
from backoffice.lib.errors import FieldFault

LENGTHS = {
    "legal_name": 80, "id_number": 32, "phone": 24, "email": 254, "address": 300, "employer": 120,
}  # fmt: skip
REFERENCE = re.compile(r"[^\s\x00-\x1f]{1,64}")
EMPLOYMENT = ("employed", "self_employed", "student", "retired", "unemployed", "unknown")
LANGUAGES = ("zh-hans", "en")
_SPACES = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅●・.", "·"))


def profile_faults(profile: Profile, *, today: dt.date) -> list[FieldFault]:
    """Every reason to refuse a profile. Details never repeat the value.

    An identity number with a wrong check digit is not refused here: it is a fact about the
    customer, and verification says so.
    """
    found = []
    for name, most in LENGTHS.items():
        value = getattr(profile, name)
        if isinstance(value, str):
            found += _text_faults(name, value, most)
    if isinstance(profile.birth_date, dt.date) and not (
        dt.date(1850, 1, 1) <= profile.birth_date <= today
    ):
        found.append(FieldFault("/birth_date", "out_of_range", _("Not a possible date of birth.")))
    if profile.employment_status is not NOT_GIVEN and profile.employment_status not in EMPLOYMENT:
        found.append(FieldFault("/employment_status", "unknown_choice", _("Not a known choice.")))
    if profile.language is not NOT_GIVEN and profile.language not in LANGUAGES:
        found.append(FieldFault("/language", "unknown_choice", _("Not a known choice.")))
    return found


def reference_faults(reference: str) -> list[FieldFault]:
    if REFERENCE.fullmatch(reference) and not has_controls(reference):
        return []
    text = _("1 to 64 characters without spaces or controls.")
    return [FieldFault("/reference", "malformed", text)]


def _text_faults(name: str, value: str, most: int) -> list[FieldFault]:
    if not _SPACES.sub("", value):
        return [FieldFault(f"/{name}", "blank", _("Give a value or null."))]
    if len(value) > most:
        return [
            FieldFault(
                f"/{name}", "too_long", format_lazy(_("At most {most} characters."), most=most)
            )
        ]
    if has_controls(value):
        return [FieldFault(f"/{name}", "control_characters", _("No control characters."))]
    if name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return [FieldFault("/email", "malformed", _("Not an e-mail address."))]
    if name == "phone" and not 5 <= len(normalised_phone(value)) <= 15:
        return [FieldFault("/phone", "malformed", _("A phone number has 5 to 15 digits."))]
    return []


def has_controls(value: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in value)


def normalised_id_number(text: str) -> str:
    """Half width, no spaces, capital X."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


def region_in(id_number: str | None) -> str:
    """The first two digits of an 18-digit identity number (GB/T 2260: a province), else empty."""
    number = normalised_id_number(id_number or "")
    is_resident = len(number) == 18 and number[:17].isascii() and number[:17].isdigit()
    return number[:2] if is_resident else ""


def normalised_name(text: str) -> str:
    """Half width, no spaces, one kind of middle dot, one case."""
    plain = unicodedata.normalize("NFKC", text).translate(_DOTS)
    return _SPACES.sub("", plain).casefold()


def normalised_phone(text: str) -> str:
    """Digits only, without the country code of mainland China."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 11:
            return digits[len(prefix) :]
    return digits


def normalised_email(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()


def indexed_form(name: str, value: str) -> str:
    """The form in which equal values are found equal. Stored fingerprints depend on it."""
    return _NORMALISED[name](value)


def age_on(day: dt.date, *, birth_date: dt.date) -> int:
    """Completed years; a 29 February birthday counts on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def masked(name: str, value: str | None) -> str:
    """`张*明`, `110***********002X`, `138****5678`, `z***@example.com`, or stars.

    Shown is never more than: of a name its ends, of an ID number 7 characters, of a phone 7
    digits, of a birth date its year, of an address or employer the first three characters; and
    never all of a value, however short.
    """
    if not value:
        return ""
    return _MASKS[name](value.strip())


def _masked_name(value: str) -> str:
    if len(value) < 2:
        return "*"
    last = value[-1] if len(value) > 2 else ""
    return value[0] + "*" * max(len(value) - 2, 1) + last


def _masked_id_number(value: str) -> str:
    number = normalised_id_number(value)
    if len(number) < 15:  # a passport or another document: short, so show less
        return number[:1] + "****" + number[-1:] if len(number) >= 6 else "****"
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def _masked_phone(value: str) -> str:
    digits = normalised_phone(value)
    return digits[:3] + "****" + digits[-4:] if len(digits) >= 11 else "****"


def _masked_email(value: str) -> str:
    local, _at, domain = value.rpartition("@")
    return (local[0] if len(local) > 1 else "") + "***@" + domain


def _masked_birth_date(value: str) -> str:
    return value[:4] + "-**-**"


def _masked_text(value: str) -> str:
    return value[:3] + "****" if len(value) > 6 else "****"


_NORMALISED: dict[str, Callable[[str], str]] = {
    "legal_name": normalised_name,
    "id_number": normalised_id_number,
    "phone": normalised_phone,
    "email": normalised_email,
}
_MASKS: dict[str, Callable[[str], str]] = {
    "legal_name": _masked_name,
    "id_number": _masked_id_number,
    "phone": _masked_phone,
    "email": _masked_email,
    "birth_date": _masked_birth_date,
    "address": _masked_text,
    "employer": _masked_text,
}
