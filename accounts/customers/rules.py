"""What a profile may hold, how it is compared and how it is masked. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

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
    if REFERENCE.fullmatch(reference) and not _has_controls(reference):
        return []
    text = _("1 to 64 characters without spaces or controls.")
    return [FieldFault("/reference", "malformed", text)]


def _text_faults(name: str, value: str, most: int) -> list[FieldFault]:
    if not value.strip():
        return [FieldFault(f"/{name}", "blank", _("Give a value or null."))]
    if len(value) > most:
        return [
            FieldFault(
                f"/{name}", "too_long", format_lazy(_("At most {most} characters."), most=most)
            )
        ]
    if _has_controls(value):
        return [FieldFault(f"/{name}", "control_characters", _("No control characters."))]
    if name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return [FieldFault("/email", "malformed", _("Not an e-mail address."))]
    if name == "phone" and not 5 <= len(re.sub(r"\D", "", value)) <= 15:
        return [FieldFault("/phone", "malformed", _("A phone number has 5 to 15 digits."))]
    return []


def _has_controls(value: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in value)


def indexed_form(name: str, value: str) -> str:
    """The form in which equal values are found equal."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", value))
    if name == "phone":
        digits = re.sub(r"\D", "", plain)
        return digits[-11:] if len(digits) in (13, 15) and "86" in digits[:4] else digits
    return plain.upper() if name == "id_number" else plain.casefold()


def age_on(day: dt.date, *, birth_date: dt.date) -> int:
    """Completed years; a 29 February birthday counts on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def masked(name: str, value: str | None) -> str:
    """`张*明`, `110***********123X`, `138****5678`, `z***@example.com`, or stars."""
    if not value:
        return ""
    if name == "legal_name":
        return value[0] + "*" if len(value) <= 2 else value[0] + "*" * (len(value) - 2) + value[-1]
    if name == "id_number":
        return value[:3] + "*" * max(len(value) - 7, 4) + value[-4:] if len(value) > 8 else "****"
    if name == "phone":
        return value[:3] + "****" + value[-4:] if len(value) >= 11 else "****"
    if name == "email":
        return value[0] + "***@" + value.rpartition("@")[2]
    if name == "birth_date":
        return value[:4] + "-**-**"
    return value[:3] + "****" if len(value) > 6 else "****"
