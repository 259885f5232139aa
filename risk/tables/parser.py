"""From the text of a cell to its tree. Refuses by name and place what it does not know.

Grammar (DMN 1.5, clause 9.2, simple unary tests):
    unary tests = "-" | "not" "(" tests ")" | tests
    tests       = test { "," test }
    test        = [ "<" | "<=" | ">" | ">=" | "=" ] literal | interval | "null"
    interval    = ("[" | "(" | "]") literal ".." literal ("]" | ")" | "[")
    literal     = number | string | "true" | "false" | date("yyyy-mm-dd")
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from risk.tables.facts import FeelType
from risk.tables.syntax import AnyOf, Anything, Compare, Interval, IsNull, Not, Test

DIGITS_AT_MOST = 34  # DMN numbers are decimal128

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>-?(?:\d+(?:\.(?!\.)\d+)?|\.\d+))
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol>\.\.|<=|>=|[<>=\[\](),-])
    )""",
    re.VERBOSE | re.ASCII,
)


class CellSyntaxError(Exception):
    """The text is no unary test or literal. `position` counts characters from 0."""

    def __init__(self, code: str, message: str, position: int) -> None:
        super().__init__(message)
        self.code, self.message, self.position = code, message, position


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int


def parse_tests(text: str, *, type: FeelType) -> Test:  # noqa: A002
    """Raises: CellSyntaxError. An empty cell means "-", as DMN has it."""
    if not text.strip():
        return Anything()
    return _Parser(text, type).unary_tests()


def parse_literal(text: str, *, type: FeelType) -> Any:  # noqa: A002
    """One output value; empty and `null` are None. Raises: CellSyntaxError."""
    if not text.strip():
        return None
    return _Parser(text, type).only_literal()


def tokens(text: str) -> list[Token]:
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise CellSyntaxError(
                "unexpected_character", f"Unexpected character {text[start]!r}.", start
            )
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    found.append(Token("end", "", len(text)))
    return found


class _Parser:
    def __init__(self, text: str, type: FeelType) -> None:  # noqa: A002
        self.tokens = tokens(text)
        self.type = type
        self.index = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def unary_tests(self) -> Test:
        if self.token.text == "-" and self.tokens[1].kind == "end":
            return Anything()
        if self.token.text == "not":
            self.take()
            self.expect("(")
            test: Test = Not(self.tests())
            self.expect(")")
        else:
            test = self.tests()
        self.expect_end()
        return test

    def only_literal(self) -> Any:
        if self.token.text == "null":
            self.take()
            value = None
        else:
            value = self.literal()
        self.expect_end()
        return value

    def tests(self) -> Test:
        parts = [self.test()]
        while self.token.text == ",":
            self.take()
            parts.append(self.test())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def test(self) -> Test:
        token = self.token
        if token.text in ("<", "<=", ">", ">="):
            self.take()
            self.refuse_unordered(token)
            return Compare(token.text, self.literal())
        if token.text == "=":
            self.take()
            return Compare("=", self.literal())
        if token.text in ("[", "(", "]"):
            return self.interval()
        if token.text == "null":
            self.take()
            return IsNull()
        return Compare("=", self.literal())

    def interval(self) -> Test:
        opening = self.take()
        self.refuse_unordered(opening)
        low = self.literal()
        self.expect("..")
        high = self.literal()
        closing = self.take()
        if closing.text not in ("]", ")", "["):
            raise CellSyntaxError("expected", "Expected ] or ) or [.", closing.position)
        if low > high:
            raise CellSyntaxError(
                "interval_reversed", "The interval's ends are the wrong way round.",
                opening.position,
            )  # fmt: skip
        return Interval(low, high, opening.text == "[", closing.text == "]")

    def refuse_unordered(self, token: Token) -> None:
        if self.type in (FeelType.STRING, FeelType.BOOLEAN):
            raise CellSyntaxError(
                "not_ordered", f"A {self.type.value} column has no order to compare by.",
                token.position,
            )  # fmt: skip

    def literal(self) -> Any:
        token = self.take()
        value = self.value_of(token)
        expected = {
            FeelType.NUMBER: Decimal, FeelType.STRING: str,
            FeelType.BOOLEAN: bool, FeelType.DATE: dt.date,
        }[self.type]  # fmt: skip
        if not isinstance(value, expected):
            raise CellSyntaxError(
                "wrong_type", f"This column holds a {self.type.value}.", token.position
            )
        return value

    def value_of(self, token: Token) -> Any:
        if token.kind == "number":
            return self.number(token)
        if token.kind == "string":
            return self.string(token)
        if token.text in ("true", "false"):
            return token.text == "true"
        if token.text == "date":
            return self.date(token)
        if token.kind == "word":
            raise CellSyntaxError(
                "unsupported", f"{token.text} is not supported in a cell; text needs quotes.",
                token.position,
            )  # fmt: skip
        raise CellSyntaxError("value_expected", "A value is expected here.", token.position)

    def number(self, token: Token) -> Decimal:
        if len(token.text) > DIGITS_AT_MOST + 2:
            raise CellSyntaxError(
                "number_too_long", f"A number has at most {DIGITS_AT_MOST} digits.", token.position
            )
        return Decimal(token.text)

    def string(self, token: Token) -> str:
        try:
            text: str = json.loads(token.text)
        except ValueError as error:
            raise CellSyntaxError(
                "string_malformed", "The text has a bad escape.", token.position
            ) from error
        return text

    def date(self, token: Token) -> dt.date:
        self.expect("(")
        text = self.take()
        self.expect(")")
        try:
            return dt.date.fromisoformat(self.string(text) if text.kind == "string" else "")
        except ValueError as error:
            raise CellSyntaxError(
                "date_malformed", 'A date is written date("2026-01-31").', token.position
            ) from error

    def expect(self, symbol: str) -> None:
        token = self.take()
        if token.text != symbol:
            raise CellSyntaxError("expected", f"Expected {symbol}.", token.position)

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise CellSyntaxError(
                "unexpected", f"Unexpected {self.token.text}.", self.token.position
            )
