"""The place in a text that is being read, and what every reader of FEEL asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from risk.dmn.lexer import FeelSyntaxError, Token, tokens
from risk.dmn.limits import DEPTH_OF_EXPRESSION


class Cursor:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.index = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def ahead(self, count: int) -> Token:
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token; at the end, the end again and again."""
        token = self.token
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether one of these words or symbols is next; a quoted text never is."""
        return self.token.kind in ("word", "symbol") and self.token.text in texts

    def skip(self, text: str) -> bool:
        if self.at(text):
            self.take()
            return True
        return False

    def expect(self, text: str) -> Token:
        if not self.at(text):
            raise self.fault(f"expected {text}{self._instead()}")
        return self.take()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.fault(f"unexpected {shown(self.token)}")

    def fault(self, message: str, token: Token | None = None) -> FeelSyntaxError:
        return FeelSyntaxError(message, (token or self.token).position)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Raises: FeelSyntaxError when brackets nest beyond reason."""
        self.depth += 1
        if self.depth > DEPTH_OF_EXPRESSION:
            raise self.fault(f"the expression nests more than {DEPTH_OF_EXPRESSION} deep")
        yield
        self.depth -= 1

    def _instead(self) -> str:
        return ", not the end" if self.token.kind == "end" else f", not {shown(self.token)}"


def shown(token: Token) -> str:
    """A token in a message, cut to size."""
    text = token.text if len(token.text) <= 40 else token.text[:39] + "…"
    return text or "the end"
