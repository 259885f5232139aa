"""The names an expression may use. FEEL names hold spaces and symbols, so text can only be read
against them: `Pre-bureau risk category` is one name where it is known, and a subtraction elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal as Only

from risk.dmn.facts import ItemType
from risk.dmn.lexer import FeelSyntaxError, Token, tokens
from risk.dmn.limits import WORDS_OF_A_NAME

KEYWORDS = frozenset(
    ("true", "false", "null", "if", "then", "else", "and", "or", "not", "in", "between", "for",
     "return", "some", "every", "satisfies", "function", "external", "instance", "of")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name stands for: a value of a type, or a function with these parameters.

    `required` counts the parameters that must be given; `is_variadic` lets a list be given as
    so many arguments.
    """

    name: str
    kind: Only["value", "function", "built in", "refused"]
    type: ItemType | None = None
    parameters: tuple[str, ...] = ()
    required: int = 0
    is_variadic: bool = False


class Scope:
    """Names in reach, inner ones first.

    `members` are the names of components anywhere in the model, for paths into values whose type
    is not known.
    """

    def __init__(self, entries: Iterable[Entry] = (), parent: Scope | None = None) -> None:
        self._parent = parent
        self._entries: dict[str, Entry] = {}
        self._firsts: set[str] = set()
        self.members: set[str] = parent.members if parent else set()
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Raises: FeelSyntaxError for a name no FEEL text could ever mention."""
        self._firsts.add(first_word(entry.name))
        self._entries[entry.name] = entry

    def get(self, name: str) -> Entry | None:
        """Exactly this name."""
        found = self._entries.get(name)
        if found is None and self._parent is not None:
            return self._parent.get(name)
        return found

    def match(self, text: str, found: list[Token], index: int) -> tuple[Entry, int] | None:
        """The longest name that starts at this token, and how many tokens it takes."""
        if not self._may_start(found[index].text):
            return None
        for name, count in reversed(list(candidates(text, found, index))):
            entry = self.get(name)
            if entry is None or (name in KEYWORDS and entry.kind != "built in"):
                continue  # a keyword alone stays a keyword
            return entry, count
        return None

    def names(self) -> set[str]:
        """Everything in reach but what is refused."""
        own = {name for name, entry in self._entries.items() if entry.kind != "refused"}
        return own | (self._parent.names() if self._parent else set())

    def _may_start(self, first: str) -> bool:
        if first in self._firsts:
            return True
        return self._parent is not None and self._parent._may_start(first)


def candidates(text: str, found: list[Token], index: int) -> Iterator[tuple[str, int]]:
    """What could be one name from this token on, shortest first, and how many tokens it takes.

    Names are compared with their white space made single, so `a-b` is not `a - b`.
    """
    start = found[index].position
    for count, token in enumerate(found[index : index + WORDS_OF_A_NAME], start=1):
        if token.kind in ("string", "at", "end"):
            return
        yield plain(text[start : token.end]), count


def first_word(name: str) -> str:
    """The token a name starts with. Raises: FeelSyntaxError when FEEL could not mention it."""
    found = [token for token in tokens(name) if token.kind != "end"]
    is_whole = "".join(token.text for token in found) == "".join(name.split())
    if not found or not is_whole or any(token.kind in ("string", "at") for token in found):
        raise FeelSyntaxError("this is no name a FEEL expression could mention", 0)
    if len(found) > WORDS_OF_A_NAME:
        raise FeelSyntaxError(f"a name has at most {WORDS_OF_A_NAME} words and symbols", 0)
    return found[0].text


def plain(name: str) -> str:
    """A name with its white space made single, as FEEL compares names."""
    return " ".join(name.split())
