"""From the text of a cell to its tree. Refuses by name and place what it does not know.

Grammar (DMN 1.5, clause 9.2, simple unary tests):
    unary tests = "-" | "not" "(" tests ")" | tests
    tests       = test { "," test }
    test        = [ "<" | "<=" | ">" | ">=" | "=" ] literal | interval | [ "=" ] "null"
    interval    = ("[" | "(" | "]") literal ".." literal ("]" | ")" | "[")
    literal     = number | string | "true" | "false" | date("yyyy-mm-dd")

Nothing nests, so no cell, however long, deepens the stack.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from risk.tables.facts import FeelType
from risk.tables.lexer import CellSyntaxError, Token, string_value, tokens
from risk.tables.syntax import AnyOf, Anything, Compare, Interval, IsNull, Not, Test

__all__ = ["CellSyntaxError", "parse_literal", "parse_tests"]

DIGITS_AT_MOST = 34  # DMN numbers are decimal128
_KEPT_AT_MOST = 100  # characters of a cell whose tree is kept: long lists would fill the memory

_CLASSES: dict[FeelType, type] = {
    FeelType.NUMBER: Decimal,
    FeelType.STRING: str,
    FeelType.BOOLEAN: bool,
    FeelType.DATE: dt.date,
}
# Stricter than date.fromisoformat, which also reads 20260131 and 2026-W05-6.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_tests(text: str, *, type: FeelType) -> Test:  # noqa: A002
    """Raises: CellSyntaxError. An empty cell means "-", as DMN has it."""
    read = _tests if len(text) <= _KEPT_AT_MOST else _tests.__wrapped__
    return read(text, type)


def parse_literal(text: str, *, type: FeelType) -> Any:  # noqa: A002
    """One output value; empty and `null` are None. Raises: CellSyntaxError."""
    read = _literal if len(text) <= _KEPT_AT_MOST else _literal.__wrapped__
    return read(text, type)


# Checking, analysing, compiling and reading a table each walk its cells, and rows repeat each
# other; what a cell means depends on nothing else, and no tree is ever changed.
@lru_cache(maxsize=8192)
def _tests(text: str, type: FeelType) -> Test:  # noqa: A002
    return _Parser(text, type).unary_tests() if text.strip() else Anything()


@lru_cache(maxsize=8192)
def _literal(text: str, type: FeelType) -> Any:  # noqa: A002
    return _Parser(text, type).only_literal() if text.strip() else None


class _Parser:
    def __init__(self, text: str, type: FeelType) -> None:  # noqa: A002
        self.tokens = tokens(text)
        self.type = type
        self.index = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        """The next token; at the end, the end again and again."""
        token = self.token
        if token.kind != "end":
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
        if token.text in ("[", "(", "]"):
            return self.interval()
        if token.text == "=":
            self.take()
        if self.token.text == "null":
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
            raise CellSyntaxError(
                "expected", "Expected ] or ) or [.", closing.position, {"symbol": "] ) ["}
            )
        if low > high:
            raise CellSyntaxError(
                "interval_reversed", "The interval's ends are the wrong way round.",
                opening.position,
            )  # fmt: skip
        return Interval(low, high, opening.text == "[", closing.text == "]")

    def refuse_unordered(self, token: Token) -> None:
        """Texts are not ordered here on purpose: engines disagree on the order of strings."""
        if self.type in (FeelType.STRING, FeelType.BOOLEAN):
            raise CellSyntaxError(
                "not_ordered", f"A {self.type.value} column has no order to compare by.",
                token.position, {"type": self.type.value},
            )  # fmt: skip

    def literal(self) -> Any:
        token = self.take()
        value = self.value_of(token)
        if not isinstance(value, _CLASSES[self.type]):
            raise CellSyntaxError(
                "wrong_type", f"This column holds a {self.type.value}.", token.position,
                {"type": self.type.value},
            )  # fmt: skip
        return value

    def value_of(self, token: Token) -> Any:
        if token.kind == "number":
            return _number(token)
        if token.kind == "string":
            return string_value(token)
        if token.text in ("true", "false"):
            return token.text == "true"
        if token.text == "date" and self.token.text == "(":
            return self.date(token)
        if token.text == "null":
            raise CellSyntaxError(
                "null_not_comparable", "Nothing compares to null; write null alone.",
                token.position,
            )  # fmt: skip
        if token.kind == "word":
            raise CellSyntaxError(
                "unsupported", f"{token.text} is not supported in a cell; text needs quotes.",
                token.position, {"word": token.text},
            )  # fmt: skip
        raise CellSyntaxError("value_expected", "A value is expected here.", token.position)

    def date(self, token: Token) -> dt.date:
        self.expect("(")
        text = self.take()
        self.expect(")")
        try:
            if text.kind != "string" or not _DATE.fullmatch(string_value(text)):
                raise ValueError(text.text)
            return dt.date.fromisoformat(string_value(text))
        except ValueError as error:
            raise CellSyntaxError(
                "date_malformed", 'A date is written date("2026-01-31").', token.position
            ) from error

    def expect(self, symbol: str) -> None:
        token = self.take()
        if token.text != symbol:
            raise CellSyntaxError(
                "expected", f"Expected {symbol}.", token.position, {"symbol": symbol}
            )

    def expect_end(self) -> None:
        token = self.token
        if token.kind != "end":
            raise CellSyntaxError(
                "unexpected", f"Unexpected {token.text}.", token.position, {"text": token.text}
            )


def _number(token: Token) -> Decimal:
    if sum(character.isdigit() for character in token.text) > DIGITS_AT_MOST:
        raise CellSyntaxError(
            "number_too_long", f"A number has at most {DIGITS_AT_MOST} digits.", token.position,
            {"at_most": DIGITS_AT_MOST},
        )  # fmt: skip
    return Decimal(token.text)
