"""A FEEL text as tokens that know their place. Only ASCII digits are digits of a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from risk.dmn.arithmetic import OutOfRange, TooManyDigits, number_from
from risk.dmn.limits import CHARACTERS_OF_TEXT, DIGITS
from risk.tables.lexer import unescaped

# Source: DMN 1.5, 10.3.1.2, rules 28 to 30 (name start and name part).
_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
_TOKEN = re.compile(
    rf"""
      (?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<at>@"(?:[^"\\\n]|\\.)*")
    | (?P<word>[{_START}][{_PART}]*)
    | (?P<symbol>\.\.|\*\*|<=|>=|!=|->|[^\s"])
    """,
    re.VERBOSE,
)


class FeelSyntaxError(Exception):
    """The text is no FEEL this engine reads. `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int
    end: int


def tokens(text: str) -> list[Token]:
    """Always ends with a token of kind `end`. Raises: FeelSyntaxError."""
    if len(text) > CHARACTERS_OF_TEXT:
        raise FeelSyntaxError(f"the text has more than {CHARACTERS_OF_TEXT:,} characters", 0)
    found: list[Token] = []
    position = _after_space(text, 0)
    while position < len(text):
        if text.startswith("/*", position):
            raise FeelSyntaxError("the comment has no end", position)
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise FeelSyntaxError("the text has no closing quotation mark", position)
        found.append(Token(match.lastgroup, match[0], position, match.end()))
        position = _after_space(text, match.end())
    return [*found, Token("end", "", len(text), len(text))]


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def string_value(token: Token) -> str:
    """The text between the quotes, escapes undone. Raises: FeelSyntaxError."""
    try:
        return unescaped(token.text.removeprefix("@")[1:-1])
    except ValueError as error:
        raise FeelSyntaxError("the text has a bad escape", token.position) from error


def number_value(token: Token) -> Decimal:
    """Exactly the number written. Raises: FeelSyntaxError where 34 digits cannot hold it."""
    try:
        return number_from(token.text)
    except TooManyDigits:
        message = f"a number has at most {DIGITS} digits"
    except OutOfRange:
        message = "the number is out of range"
    raise FeelSyntaxError(message, token.position)
