"""Request fields that take what they say and nothing else."""

from __future__ import annotations

import datetime as dt
import difflib
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from backoffice.lib import ids


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, with a guess at what was meant."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = {
                name: serializers.ErrorDetail(_suggest(name, self.fields), code="unknown_field")
                for name in data
                if name not in self.fields or self.fields[name].read_only
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


def _suggest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(str(name)[:60], list(known), n=1)
    if close:
        return _("Unknown field. Did you mean %(name)s?") % {"name": close[0]}
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

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Exact(serializers.DecimalField):
    """A JSON number or a decimal in a string; finite."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("invalid")
        return super().to_internal_value(data)  # type: ignore[no-any-return]


class Moment(serializers.DateTimeField):
    """An instant with its offset from UTC (ISO 8601)."""

    default_error_messages = {"naive": gettext_lazy("Say the offset from UTC, such as Z.")}

    def to_internal_value(self, value: Any) -> dt.datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="ISO 8601")
        has_offset = value.endswith(("Z", "z")) or "+" in value[10:] or "-" in value[10:]
        if not has_offset:
            self.fail("naive")
        try:
            moment: dt.datetime = super().to_internal_value(value)
            return moment.astimezone(dt.UTC)
        except OverflowError:
            self.fail("overflow")


class Day(serializers.DateField):
    """A calendar date (ISO 8601)."""

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)  # type: ignore[no-any-return]


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

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return super().to_internal_value(data)
