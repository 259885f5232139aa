"""Item definitions: the types a model makes for itself. Source: DMN 1.5, 7.3.2 and 7.3.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from risk.dmn.facts import ANY, BUILT_IN, Allowed, ItemType, closest, quoted
from risk.dmn.faults import Faults, Refused
from risk.dmn.markup import Element
from risk.dmn.parser import parse_tests
from risk.dmn.scope import Scope, plain

_LANGUAGES = ("feel", "s-feel")
_NESTING = 20


@dataclass(slots=True)
class Types:
    """Type names to types, resolved when first asked for; `members` all component names."""

    definitions: Mapping[str, Element]
    scope: Scope
    faults: Faults
    members: set[str] = field(default_factory=set)
    _known: dict[str, ItemType] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def resolve_all(self) -> None:
        for name in self.definitions:
            with self.faults.kept(self.definitions[name], f"item definition {quoted(name)}"):
                self.named(name, self.definitions[name])

    def of(self, element: Element) -> ItemType:
        """The type an element's `typeRef` names; Any when it names none. Raises: Refused."""
        reference = element.attributes.get("typeRef", "").strip()
        return self.named(reference, element) if reference else ANY

    def named(self, reference: str, element: Element) -> ItemType:
        """Raises: Refused."""
        name = plain(reference)
        if name in self._known:
            return self._known[name]
        if name in self.definitions:
            return self._defined(name)
        bare = name.removeprefix("feel:")
        if bare in BUILT_IN:
            return BUILT_IN[bare]
        known = [*self.definitions, *BUILT_IN]
        raise Refused(element, f"there is no type {quoted(name)}{closest(name, known)}")

    def _defined(self, name: str) -> ItemType:
        definition = self.definitions[name]
        if name in self._open:
            raise Refused(definition, f"the type {quoted(name)} is made of itself")
        if len(self._open) >= _NESTING:
            raise Refused(definition, f"types nest more than {_NESTING} deep")
        self._open.append(name)
        try:
            found = self._known[name] = self._read(definition, name)
        finally:
            self._open.pop()
        return found

    def _read(self, element: Element, name: str) -> ItemType:
        _check_item(element)
        components = list(element.all("itemComponent"))
        reference = element.first("typeRef")
        if components and reference:
            raise Refused(element, "an item definition has a type or components, not both")
        item = ItemType(name)
        if components:
            item = ItemType(name, components=self._components(components))
        elif reference is not None:
            item = replace(self.named(reference.text, reference), name=name)
        allowed = element.first("allowedValues")
        if allowed is not None:
            item = replace(item, allowed=(*item.allowed, self.allowed(allowed, name)))
        is_list = element.attributes.get("isCollection", "false").strip() in ("true", "1")
        return ItemType(name, element=item) if is_list else item

    def _components(self, components: list[Element]) -> Mapping[str, ItemType]:
        found: dict[str, ItemType] = {}
        for component in components:
            name = plain(component.attributes.get("name", ""))
            if not name or name in found:
                raise Refused(component, "a component needs a name of its own")
            found[name] = self._read(component, name)
            self.members.add(name)
        return found

    def allowed(self, element: Element, name: str) -> Allowed:
        """Raises: Refused."""
        text = text_of(element)
        place = f"allowed values of {quoted(name)}"
        test = self.faults.text(text, place, lambda one: parse_tests(one, scope=self.scope))
        return Allowed(text.text, test)


def text_of(element: Element) -> Element:
    """The `text` inside an element, in FEEL. Raises: Refused."""
    check_language(element)
    for child in element.children:
        if child.tag not in ("text", "description"):
            raise Refused(child, f"{child.tag} is not supported in {element.tag}")
    text = element.first("text")
    if text is None:
        raise Refused(element, f"{element.tag} has no text")
    return text


def check_language(element: Element) -> None:
    """Raises: Refused for a language that is not FEEL."""
    for attribute in ("expressionLanguage", "typeLanguage"):
        language = element.attributes.get(attribute, "").strip()
        is_feel = "/FEEL" in language or language.lower() in _LANGUAGES
        if language and not is_feel:
            raise Refused(element, f"the language {quoted(language)} is not supported; FEEL is")


def _check_item(element: Element) -> None:
    check_language(element)
    for child in element.children:
        if child.tag not in ("typeRef", "itemComponent", "allowedValues", "description"):
            raise Refused(child, f"{child.tag} is not supported in {element.tag}")
