"""The names an expression may use. FEEL names hold spaces and symbols, so text can only be read
against them: `Pre-bureau risk category` is one name where it is known, and a subtraction elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal as Only

from risk.dmn.facts import ItemType
from risk.dmn.lexer import FeelSyntaxError, Token, tokens

KEYWORDS = frozenset(
    ("true", "false", "null", "if", "then", "else", "and", "or", "not", "in", "between", "for",
     "return", "some", "every", "satisfies", "function", "external", "instance", "of")
)  # fmt: skip


# Tokens, and whether each follows the one before without white space: `a-b` is not `a - b`.
Words = tuple[tuple[str, bool], ...]


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
        self.members: set[str] = parent.members if parent else set()
        self._by_first: dict[str, list[tuple[Words, Entry]]] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Raises: FeelSyntaxError for a name no FEEL text could ever mention."""
        words = name_words(entry.name)
        candidates = self._by_first.setdefault(words[0][0], [])
        candidates[:] = [one for one in candidates if one[0] != words]
        candidates.append((words, entry))
        candidates.sort(key=lambda one: -len(one[0]))

    def match(self, found: list[Token], index: int) -> tuple[Entry, int] | None:
        """The longest name that starts at this token, and how many tokens it takes."""
        best: tuple[Entry, int] | None = None
        for words, entry in self._candidates(found[index].text):
            if best is not None and len(words) <= best[1]:
                continue
            is_keyword = len(words) == 1 and words[0][0] in KEYWORDS
            if is_keyword and entry.kind != "built in":
                continue  # a keyword alone stays a keyword
            if _words(found[index : index + len(words)]) == words:
                best = entry, len(words)
        return best

    def get(self, name: str) -> Entry | None:
        """Exactly this name."""
        try:
            words = name_words(name)
        except FeelSyntaxError:
            return None
        for candidate, entry in self._candidates(words[0][0]):
            if candidate == words:
                return entry
        return None

    def names(self) -> set[str]:
        """Everything in reach but what is refused."""
        own = {
            entry.name
            for candidates in self._by_first.values()
            for _words, entry in candidates
            if entry.kind != "refused"
        }
        return own | (self._parent.names() if self._parent else set())

    def _candidates(self, first: str) -> Iterator[tuple[Words, Entry]]:
        yield from self._by_first.get(first, ())
        if self._parent is not None:
            yield from self._parent._candidates(first)


def name_words(name: str) -> Words:
    """The tokens a name is written with. Raises: FeelSyntaxError."""
    found = [token for token in tokens(name) if token.kind != "end"]
    is_whole = "".join(token.text for token in found) == "".join(name.split())
    if not found or not is_whole or any(token.kind in ("string", "at") for token in found):
        raise FeelSyntaxError("this is no name a FEEL expression could mention", 0)
    return _words(found)


def _words(found: list[Token]) -> Words:
    return tuple(
        (token.text, index > 0 and found[index - 1].end == token.position)
        for index, token in enumerate(found)
    )


def plain(name: str) -> str:
    """A name with its white space made single, as FEEL compares names."""
    return " ".join(name.split())
