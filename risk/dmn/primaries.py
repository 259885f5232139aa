"""The operands of FEEL: names, calls, literals, and what stands in brackets.

primary  = name | call | number | string | @"…" | true | false | null
         | "(" expression ")" | "[" [ expression { "," } ] "]" | "{" [ key ":" expression ] "}"
         | ("[" | "(" | "]") expression ".." expression ("]" | ")" | "[")
         | "if" expression "then" expression "else" expression
call     = function "(" [ expression { "," } | parameter ":" expression { "," } ] ")"
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from risk.dmn.arithmetic import compare, negated
from risk.dmn.calls import CallRefused, call_by_name, call_by_place
from risk.dmn.cursor import Cursor, shown
from risk.dmn.facts import ItemType, Kind, closest, hint, quoted
from risk.dmn.lexer import FeelSyntaxError, Token, number_value, string_value
from risk.dmn.scope import KEYWORDS, Entry, Scope, candidates, plain
from risk.dmn.syntax import (
    Conditional,
    ContextOf,
    Interval,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Path,
)
from risk.dmn.temporal import (
    PROPERTIES,
    TemporalUnsupported,
    date_and_time_from,
    date_from,
    duration_from,
    time_from,
)

_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
_REFUSED_WORDS = {
    "for": "for … return",
    "some": "some … satisfies",
    "every": "every … satisfies",
    "function": "a function definition",
    "external": "an external function",
}


class Primaries(Cursor):
    def __init__(self, text: str, scope: Scope) -> None:
        super().__init__(text)
        self.scope = scope
        self.may_close_interval = False

    @abstractmethod
    def expression(self, minimum: int = 1) -> Node: ...

    def operand(self) -> Node:
        times = 0
        while self.skip("-"):
            times += 1
        node = self._members(*self.primary())
        if times and isinstance(node, Literal) and isinstance(node.value, Decimal):
            return Literal(negated(node.value)) if times % 2 else node
        return Negation(node, times) if times else node

    def primary(self) -> tuple[Node, ItemType | None]:
        """And its type, where it is known."""
        named = self.scope.match(self.text, self.tokens, self.index)
        if named is not None:
            return self._named(*named)
        token = self.take()
        if token.kind in _LITERALS:
            return Literal(_LITERALS[token.kind](token)), None
        if token.kind == "word" and token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text]), None
        if token.text in _REFUSED_WORDS:
            raise self.fault(f"{_REFUSED_WORDS[token.text]} is not supported", token)
        if token.text == "if" and token.kind == "word":
            return self._conditional(), None
        if token.text == "{":
            return self._context(), None
        if token.text in ("(", "[", "]") and token.kind == "symbol":
            return self._bracketed(token), None
        raise self._meaningless(token)

    def _meaningless(self, token: Token) -> FeelSyntaxError:
        if token.kind != "word":
            return self.fault(f"a value is expected here, not {shown(token)}", token)
        # As much of the text as could be one name, for the message and the suggestion.
        words = [token]
        while self.token.kind == "word" and self.token.text not in _ENDS_A_NAME:
            words.append(self.take())
        name = " ".join(word.text for word in words)
        if self.at("("):
            return self.fault(f"there is no function {quoted(name)}", token)
        known = self.scope.names()
        suggestion = closest(name, known)
        if not suggestion:
            suggestion = "; text needs quotation marks, and what is used must be required"
        return self.fault(f"{quoted(name)} is not known here{suggestion}", token)

    def _named(self, entry: Entry, count: int) -> tuple[Node, ItemType | None]:
        first = self.token
        self.index += count
        if entry.kind == "value":
            return Name(entry.name), entry.type
        if not self.at("("):
            raise self.fault(f"{quoted(entry.name)} is a function: call it", first)
        if entry.kind == "refused":
            raise self.fault(f"the function {quoted(entry.name)} is not supported", first)
        try:
            return self._call(entry), entry.type
        except CallRefused as error:
            raise self.fault(str(error), first) from None

    def _call(self, entry: Entry) -> Node:
        self.expect("(")
        given: dict[str, Node] = {}
        placed: list[Node] = []
        is_open = not self.at(")")
        while is_open:
            name = self._parameter_name(entry)
            if name is None:
                placed.append(self.expression())
            elif name in given:
                raise CallRefused(f"{quoted(name)} is given twice")
            else:
                given[name] = self.expression()
            is_open = self.skip(",")
        self.expect(")")
        if given and placed:
            raise CallRefused("arguments are given by name or by place, not both")
        return call_by_name(entry, given) if given else call_by_place(entry, placed)

    def _parameter_name(self, entry: Entry) -> str | None:
        """Set where `parameter:` comes next."""
        for name, count in candidates(self.text, self.tokens, self.index):
            if name in entry.parameters and self.ahead(count).text == ":":
                self.index += count + 1
                return name
        return None

    def _members(self, node: Node, type: ItemType | None) -> Node:  # noqa: A002
        members: list[str] = []
        while self.skip("."):
            name, type = self._member(type)  # noqa: A001
            members.append(name)
        if self.at("[") and not self.may_close_interval:
            raise self.fault("filters and list positions, a[…], are not supported")
        return Path(node, tuple(members)) if members else node

    def _member(self, type: ItemType | None) -> tuple[str, ItemType | None]:  # noqa: A002
        while type is not None and type.element is not None:
            type = type.element  # noqa: A001 — a path through a list goes through each item
        known = _members_of(type)
        names = self.scope.members if known is None else known
        for name, count in reversed(list(candidates(self.text, self.tokens, self.index))):
            if name in names:
                self.index += count
                return name, known[name] if known else None
        token = self.take()
        if token.kind != "word":
            raise self.fault("a name is expected after the point", token)
        if known is not None and type is not None:
            raise self.fault(
                f"{quoted(type.name)} has no {quoted(token.text)}{hint(token.text, known)}", token
            )
        return token.text, None

    def _conditional(self) -> Node:
        branches = []
        while True:
            condition = self.expression()
            self.expect("then")
            branches.append((condition, self.expression()))
            self.expect("else")
            if not self.skip("if"):
                return Conditional(tuple(branches), self.expression())

    def _context(self) -> Node:
        outer = self.scope
        entries: list[tuple[str, Node]] = []
        self.scope = Scope(parent=outer)
        while not self.at("}"):
            key = self._key()
            node = self.expression()
            if any(key == name for name, _node in entries):
                raise self.fault(f"the context has {quoted(key)} twice")
            entries.append((key, node))
            self.scope.add(Entry(key, "value"))
            self.scope.members.add(key)
            if not self.skip(","):
                break
        self.expect("}")
        self.scope = outer
        return ContextOf(tuple(entries))

    def _key(self) -> str:
        first = self.take()
        if first.kind == "string":
            key = string_value(first)
        else:
            last = first
            while self.token.kind in ("word", "number", "symbol") and not self.at(":", ",", "}"):
                last = self.take()
            key = plain(self.text[first.position : last.end])
        self.expect(":")
        return key

    def _bracketed(self, opening: Token) -> Node:
        """A list, an interval or a bracketed expression: only what follows can tell."""
        if opening.text == "[" and self.skip("]"):
            return ListOf(())
        with self.inside_brackets():
            first = self.expression()
            if self.skip(".."):
                return self.interval(opening, first)
            if opening.text == "[":
                items = [first]
                while self.skip(","):
                    items.append(self.expression())
                self.expect("]")
                return ListOf(tuple(items))
            if opening.text == "]":
                raise self.fault("expected .. of an interval")
            self.expect(")")
            return first

    def interval(self, opening: Token, low: Node) -> Node:
        """From after its two points."""
        self.may_close_interval = True
        high = self.expression()
        if not self.at("]", ")", "["):
            raise self.fault("the interval is not closed by ] or ) or [")
        closing = self.take()
        if isinstance(low, Literal) and isinstance(high, Literal):
            is_wide = compare("<=", low.value, high.value)
            if is_wide is None:
                raise self.fault("the ends of an interval are two values of one kind", opening)
            if not is_wide:
                raise self.fault("the interval's ends are the wrong way round", opening)
        return Interval(low, high, opening.text == "[", closing.text == "]")

    @contextmanager
    def inside_brackets(self) -> Iterator[None]:
        """A `[` after a value starts a filter, but may close the interval `]1..5[` around it."""
        before, self.may_close_interval = self.may_close_interval, False
        yield
        self.may_close_interval = before


def _members_of(type: ItemType | None) -> Mapping[str, ItemType | None] | None:  # noqa: A002
    """What may follow the point; None: anything."""
    if type is None or (type.kind in (Kind.ANY, Kind.CONTEXT) and type.components is None):
        return None
    if type.components is not None:
        return type.components
    return dict.fromkeys(PROPERTIES.get(type.kind, {}))


def _temporal_literal(token: Token) -> Any:
    """`@"2026-01-31"`. Raises: FeelSyntaxError."""
    text = string_value(token)
    try:
        for read in (date_from, date_and_time_from, time_from, duration_from):
            value = read(text)
            if value is not None:
                return value
    except TemporalUnsupported as error:
        raise FeelSyntaxError(str(error), token.position) from None
    raise FeelSyntaxError("this is no date, time or duration", token.position)


_LITERALS: Mapping[str, Callable[[Token], Any]] = {
    "number": number_value,
    "string": string_value,
    "at": _temporal_literal,
}
_ENDS_A_NAME = KEYWORDS - {"of", "for", "in"}
