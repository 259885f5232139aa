"""A cell's text as tokens that know their place. Only ASCII digits are digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>-?(?:[0-9]+(?:\.(?!\.)[0-9]+)?|(?<!\.)\.[0-9]+))
    | (?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol>\.\.|<=|>=|[<>=\[\](),-])
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"', "\\": "\\"}


class CellSyntaxError(Exception):
    """The text is no unary test or literal. `position` counts characters from 0."""

    def __init__(
        self, code: str, message: str, position: int, params: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.position = code, message, position
        self.params = params or {}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    """Always ends with a token of kind `end`. Raises: CellSyntaxError."""
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _meaningless(text, position)
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    found.append(Token("end", "", end))
    return found


def string_value(token: Token) -> str:
    """The text between the quotes, escapes undone. Raises: CellSyntaxError."""
    try:
        return unescaped(token.text[1:-1])
    except ValueError as error:
        raise CellSyntaxError(
            "string_malformed", "The text has a bad escape.", token.position
        ) from error


def unescaped(body: str) -> str:
    """What a FEEL string between its quotes says. Raises: ValueError.

    Source: DMN 1.5, 10.3.1.2, string escape sequence. NUL and halves of surrogate pairs are
    refused: PostgreSQL and UTF-8 cannot hold them.
    """
    text = _ESCAPE.sub(_meant, body)
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    if "\x00" in text:
        raise ValueError("NUL")
    return text


def _meant(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape not in _SHORT_ESCAPES:
        raise ValueError(escape)
    return _SHORT_ESCAPES[escape]


def _meaningless(text: str, position: int) -> CellSyntaxError:
    start = position + len(text[position:]) - len(text[position:].lstrip())
    character = text[start]
    if character == '"':
        return CellSyntaxError("string_unclosed", "The text has no closing quotation mark.", start)
    return CellSyntaxError(
        "unexpected_character", f"Unexpected character {character!r}.", start,
        {"character": character},
    )  # fmt: skip
