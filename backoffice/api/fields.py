"""Request fields that take what they say and nothing else."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from backoffice.lib import ids
from backoffice.lib.suggestions import closest

_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

UNKNOWN_FIELDS_NAMED = 20  # guessing at thousands of names would keep a worker busy
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200  # shown in every zone without leaving the calendar
LARGEST_WHOLE = 2**63 - 1  # what a bigint column holds


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, with a guess at what was meant."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, dict) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: dict[str, Any]) -> dict[str, serializers.ErrorDetail]:
        known = [name for name, field in self.fields.items() if not field.read_only]
        names = [name for name in data if name not in known][:UNKNOWN_FIELDS_NAMED]
        return {
            name: serializers.ErrorDetail(_suggest(name, known), code="unknown_field")
            for name in names
        }


@lru_cache(maxsize=256)
def prototype(serializer: type[StrictSerializer], language: str) -> StrictSerializer:
    """One serializer per class, used for every request: building its fields anew is most of the
    time a small body takes. Per language, because bounds keep the first message they showed.
    """
    return serializer()


def _suggest(name: str, known: list[str]) -> str:
    if close := closest(name, known):
        return _("Unknown field. Did you mean %(name)s?") % {"name": close}
    return _("Unknown field.")


class Text(serializers.CharField):
    """A string, not something that could be turned into one; no control or broken characters."""

    default_error_messages = {
        "not_text": gettext_lazy("Must be a string."),
        "bad_characters": gettext_lazy("Control and incomplete characters are not allowed."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        if any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in data):
            self.fail("bad_characters")
        return str(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    """A JSON integer: no text, no truth value, no fraction."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", -LARGEST_WHOLE)
        options.setdefault("max_value", LARGEST_WHOLE)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Exact(serializers.DecimalField):
    """A JSON number or a decimal in a string; finite."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """The stock field takes an empty string for null: a slip would clear what is known."""
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("invalid")
        if isinstance(data, str) and not _DECIMAL.fullmatch(data):  # Decimal also reads "1_0", "٣"
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """JSON true or false; not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=type(data).__name__)
        return data


class Moment(serializers.DateTimeField):
    """An instant with its offset from UTC (ISO 8601); UTC inside."""

    default_error_messages = {
        "naive": gettext_lazy("Say the offset from UTC, such as Z."),
        "far_away": gettext_lazy("Must lie between the years 1900 and 2200."),
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None:
            self.fail("invalid", format="ISO 8601")
        if moment.tzinfo is None:
            self.fail("naive")
        if not EARLIEST_YEAR <= moment.year < LATEST_YEAR:
            self.fail("far_away")
        return moment.astimezone(dt.UTC)


class Day(serializers.DateField):
    """A calendar date (ISO 8601)."""

    default_error_messages = {"far_away": Moment.default_error_messages["far_away"]}

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day: dt.date = super().to_internal_value(value)
        if not EARLIEST_YEAR <= day.year < LATEST_YEAR:
            self.fail("far_away")
        return day


class PublicId(Text):
    """One of our own ids, such as `cus_…`; only the shape is checked here."""

    default_error_messages = {"not_an_id": gettext_lazy("Not an id of this kind.")}

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not ids.looks_valid(self.prefix, text):
            self.fail("not_an_id")
        return text


class Choice(serializers.ChoiceField):
    """One of the given texts, exactly."""

    default_error_messages = {"invalid_choice": gettext_lazy("Must be one of: {choices}.")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(self.choices))
        return data
