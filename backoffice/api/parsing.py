"""JSON bodies, strictly: no duplicate keys, no NaN, numbers exact, nesting and size bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DIGITS_AT_MOST = 40


class StrictJSONParser(BaseParser):
    """Raises: ParseError (400), saying what is wrong but never what was sent."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            text = stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8.")) from error
        if "\\u0000" in text or "\x00" in text:
            raise ParseError(_("The body holds a NUL character."))
        try:
            value = json.loads(
                text,
                parse_float=_exact,
                parse_int=_whole,
                parse_constant=_refuse_constant,
                object_pairs_hook=_object,
            )
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        if not isinstance(value, dict):
            raise ParseError(_("The body must be a JSON object."))
        return value


def _exact(text: str) -> Decimal:
    if len(text) > DIGITS_AT_MOST:
        raise ParseError(_("A number has too many digits."))
    value = Decimal(text)
    if value and abs(value.adjusted()) > DIGITS_AT_MOST:
        raise ParseError(_("A number is too large or too small."))
    return value


def _whole(text: str) -> int:
    if len(text) > DIGITS_AT_MOST:
        raise ParseError(_("A number has too many digits."))
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ParseError(_("NaN and Infinity are not numbers."))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("The body names the same field twice."))
    return found
