"""JSON bodies, strictly: no duplicate keys, no NaN, numbers exact, nesting and size bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DIGITS_AT_MOST = 40
DEPTH_AT_MOST = 20


class StrictJSONParser(BaseParser):
    """Raises: ParseError (400), saying what is wrong but never what was sent.

    NUL and half surrogate pairs are valid JSON: the fields refuse them, naming the place.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            text = _read(stream, parser_context).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8.")) from error
        try:
            value = json.loads(
                text,
                parse_float=_exact,
                parse_int=_whole,
                parse_constant=_refuse_constant,
                object_pairs_hook=_object,
            )
        except RecursionError as error:
            raise _too_deep() from error
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        if not isinstance(value, dict):
            raise ParseError(_("The body must be a JSON object."))
        # Few bodies hold so many brackets; only those are walked.
        if text.count("{") + text.count("[") > DEPTH_AT_MOST and _depth(value) > DEPTH_AT_MOST:
            raise _too_deep()
        return value


def _read(stream: IO[Any], parser_context: Mapping[str, Any] | None) -> bytes:
    """The body through Django's own reader: it holds the size limit, which `stream` passes by,
    and keeps the bytes for the idempotency fingerprint. Raises: RequestDataTooBig."""
    request = (parser_context or {}).get("request")
    return bytes(request._request.body if request is not None else stream.read())


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [
            inner for item in level for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return depth


def _too_deep() -> ParseError:
    return ParseError(_("The body is nested too deeply."))


def _exact(text: str) -> Decimal:
    if len(text) > DIGITS_AT_MOST:
        raise ParseError(_("A number has too many digits."))
    try:
        value = Decimal(text)
    except InvalidOperation as error:  # an exponent beyond what decimals can hold
        raise ParseError(_("A number is too large or too small.")) from error
    if abs(value.adjusted()) > DIGITS_AT_MOST:
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
