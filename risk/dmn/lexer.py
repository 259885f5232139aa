"""A FEEL text as tokens that know their place. Only ASCII digits are digits of a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from risk.dmn.arithmetic import NUMBERS
from risk.dmn.limits import CHARACTERS_OF_TEXT, DIGITS

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
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"', "\\": "\\"}


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
    """The text between the quotes, escapes undone. Raises: FeelSyntaxError.

    Source: DMN 1.5, 10.3.1.2, string escape sequence. NUL and halves of surrogate pairs are
    refused: neither JSON in UTF-8 nor PostgreSQL can hold them.
    """
    quoted = token.text.removeprefix("@")[1:-1]
    try:
        text = _ESCAPE.sub(_unescaped, quoted)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        if "\x00" in text:
            raise ValueError("NUL")
    except (ValueError, OverflowError) as error:
        raise FeelSyntaxError("the text has a bad escape", token.position) from error
    return text


def number_value(token: Token) -> Decimal:
    """Exactly the number written. Raises: FeelSyntaxError where 34 digits cannot hold it."""
    mantissa, _, exponent = token.text.lower().partition("e")
    digits = mantissa.replace(".", "").lstrip("0")
    if len(digits) > DIGITS or len(exponent) > 6:
        raise FeelSyntaxError(f"a number has at most {DIGITS} digits", token.position)
    value = Decimal(token.text)
    if value.is_zero():
        return Decimal(0)
    if not NUMBERS.Emin <= value.adjusted() <= NUMBERS.Emax:
        raise FeelSyntaxError("the number is out of range", token.position)
    return value


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape not in _SHORT_ESCAPES:
        raise ValueError(escape)
    return _SHORT_ESCAPES[escape]
