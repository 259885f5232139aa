"""Boxed expressions to trees: literal expressions, invocations, contexts, lists and relations.

Source: DMN 1.5, clauses 7.3 and 10.2. Decision tables have a file of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from risk.dmn.calls import CallRefused, call_by_name
from risk.dmn.facts import ItemType, quoted
from risk.dmn.faults import Faults, Refused
from risk.dmn.items import Types, check_language, text_of
from risk.dmn.markup import Element
from risk.dmn.parser import parse_expression
from risk.dmn.scope import Entry, Scope, plain
from risk.dmn.syntax import ContextOf, ListOf, Literal, Node, Typed

UNSUPPORTED = {
    "functionDefinition": "a boxed function definition",
    "conditional": "a boxed conditional",
    "filter": "a boxed filter",
    "for": "a boxed iterator (for)",
    "every": "a boxed iterator (every)",
    "some": "a boxed iterator (some)",
}
NOTES = ("description", "question", "allowedAnswers")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the expression of one element: what it sees, and where faults go.

    `tables` reads a decision table; it is handed in because a table's cells are expressions too.
    """

    types: Types
    scope: Scope
    faults: Faults
    place: str
    tables: Callable[[Element, Reader], Node]

    def at(self, place: str) -> Reader:
        return replace(self, place=f"{self.place}, {place}")

    def seeing(self, scope: Scope) -> Reader:
        return replace(self, scope=scope)

    def boxed(self, element: Element) -> Node:
        """The tree of a boxed expression with the type it declares. Raises: Refused."""
        read = _READERS.get(element.tag)
        if element.tag in UNSUPPORTED:
            raise Refused(element, f"{UNSUPPORTED[element.tag]} is not supported", place=self.place)
        if element.tag == "decisionTable":
            read = _table
        if read is None or element.foreign:
            raise Refused(element, f"{element.tag} is not supported here", place=self.place)
        check_language(element)
        node = read(element, self)
        declared = self.types.of(element)
        return Typed(node, declared, self.place) if "typeRef" in element.attributes else node

    def text(self, element: Element) -> Node:
        """The FEEL of an element's `text`. A fault in it is kept, and null read instead."""
        text = text_of(element)
        node = self.faults.text(
            text, self.place, lambda one: parse_expression(one, scope=self.scope)
        )
        return Literal(None) if node is None else node

    def only_expression(self, element: Element, *, beside: tuple[str, ...]) -> Node:
        """The one boxed expression among the children. Raises: Refused."""
        node = self.expression_if_any(element, beside=beside)
        if node is None:
            raise Refused(element, f"{element.tag} has no expression", place=self.place)
        return node

    def expression_if_any(self, element: Element, *, beside: tuple[str, ...]) -> Node | None:
        """Raises: Refused."""
        found = [child for child in element.children if child.tag not in (*NOTES, *beside)]
        if len(found) > 1:
            raise Refused(found[1], f"{found[1].tag} is one expression too many", place=self.place)
        return self.boxed(found[0]) if found else None


def _table(element: Element, reader: Reader) -> Node:
    return reader.tables(element, reader)


def _literal(element: Element, reader: Reader) -> Node:
    return reader.text(element)


def _invocation(element: Element, reader: Reader) -> Node:
    """`expression` names the function; each binding gives a parameter a value."""
    called = _called(element, reader)
    given: dict[str, Node] = {}
    for binding in element.all("binding"):
        parameter = binding.first("parameter")
        name = plain(parameter.attributes.get("name", "")) if parameter else ""
        if not name or name in given:
            raise Refused(binding, "a binding needs a parameter of its own", place=reader.place)
        inside = reader.at(f"binding {quoted(name)}")
        value = inside.only_expression(binding, beside=("parameter",))
        if parameter is not None and "typeRef" in parameter.attributes:
            value = Typed(value, reader.types.of(parameter), inside.place)
        given[name] = value
    try:
        return call_by_name(called, given)
    except CallRefused as error:
        raise Refused(element, str(error), place=reader.place) from None


def _called(element: Element, reader: Reader) -> Entry:
    function = element.first("literalExpression")
    if function is None:
        raise Refused(element, "the invocation names no function", place=reader.place)
    for child in element.children:
        if child is not function and child.tag not in ("binding", *NOTES):
            raise Refused(child, f"{child.tag} is not supported here", place=reader.place)
    name = plain(text_of(function).text)
    entry = reader.scope.get(name)
    if entry is None or entry.kind in ("value", "refused"):
        raise Refused(
            function, f"{quoted(name)} is no function known here; is it required?",
            place=reader.place,
        )  # fmt: skip
    return entry


def _context(element: Element, reader: Reader) -> Node:
    scope = Scope(parent=reader.scope)
    entries: list[tuple[str, Node]] = []
    result: Node | None = None
    for child in element.children:
        if child.tag in NOTES:
            continue
        if child.tag != "contextEntry" or result is not None:
            raise Refused(child, f"{child.tag} is not supported here", place=reader.place)
        variable = child.first("variable")
        if variable is None:
            result = reader.seeing(scope).only_expression(child, beside=())
            continue
        name = plain(variable.attributes.get("name", ""))
        if not name or name in dict(entries):
            raise Refused(child, "a context entry needs a name of its own", place=reader.place)
        entries.append((name, _entry(child, name, variable, reader.seeing(scope))))
        scope.add(Entry(name, "value", _known_type(variable, reader)))
        scope.members.add(name)
    return ContextOf(tuple(entries), result)


def _entry(element: Element, name: str, variable: Element, reader: Reader) -> Node:
    inside = reader.at(f"entry {quoted(name)}")
    node = inside.only_expression(element, beside=("variable",))
    declared = _known_type(variable, reader)
    return node if declared is None else Typed(node, declared, inside.place)


def _known_type(variable: Element, reader: Reader) -> ItemType | None:
    return reader.types.of(variable) if "typeRef" in variable.attributes else None


def _list(element: Element, reader: Reader) -> Node:
    children = [child for child in element.children if child.tag not in NOTES]
    return ListOf(
        tuple(
            reader.at(f"item {index}").boxed(child) for index, child in enumerate(children, start=1)
        )
    )


def _relation(element: Element, reader: Reader) -> Node:
    """A list of contexts: columns name the entries of every row, and may type them."""
    check_children(element, ("column", "row", *NOTES), reader)
    columns: dict[str, ItemType | None] = {}
    for column in element.all("column"):
        name = plain(column.attributes.get("name", ""))
        if not name or name in columns:
            raise Refused(column, "a column needs a name of its own", place=reader.place)
        columns[name] = _known_type(column, reader)
    reader.scope.members.update(columns)
    rows = enumerate(element.all("row"), start=1)
    return ListOf(tuple(_row(row, columns, reader.at(f"row {index}")) for index, row in rows))


def _row(element: Element, columns: Mapping[str, ItemType | None], reader: Reader) -> Node:
    cells = [child for child in element.children if child.tag not in NOTES]
    if len(cells) != len(columns):
        why = f"it has {len(cells)} cells for {len(columns)} columns"
        raise Refused(element, why, place=reader.place)
    entries = []
    for (name, declared), cell in zip(columns.items(), cells, strict=True):
        inside = reader.at(f"column {quoted(name)}")
        node = inside.boxed(cell)
        entries.append((name, node if declared is None else Typed(node, declared, inside.place)))
    return ContextOf(tuple(entries))


def check_children(element: Element, known: tuple[str, ...], reader: Reader) -> None:
    """Raises: Refused for a part that has no meaning here."""
    for child in element.children:
        if child.tag not in known or child.foreign:
            why = f"{child.tag} is not supported in {element.tag}"
            raise Refused(child, why, place=reader.place)


_READERS: Mapping[str, Callable[[Element, Reader], Node]] = {
    "literalExpression": _literal,
    "invocation": _invocation,
    "context": _context,
    "list": _list,
    "relation": _relation,
}
