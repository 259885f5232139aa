"""From elements to a model: what there is, what requires what, in which order to evaluate.

Source: DMN 1.5, clause 6 (decision requirements). Two passes: first the names and types of
everything, then the expressions, which can only be read against the names in their reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from risk.dmn.calls import built_in_scope
from risk.dmn.decision_tables import read_table
from risk.dmn.expressions import NOTES, Reader
from risk.dmn.facts import Decision, InputData, ItemType, Knowledge, Model, Service, quoted
from risk.dmn.faults import Faults, Read, Refused
from risk.dmn.items import Types, check_language
from risk.dmn.markup import Element
from risk.dmn.order import in_order
from risk.dmn.scope import Entry, Scope, first_word, plain
from risk.dmn.syntax import Node, Typed

# Parts that only people read, or that only drawings need.
_NOTES = frozenset(
    {*NOTES, "knowledgeSource", "textAnnotation", "association", "group", "elementCollection",
     "performanceIndicator", "organizationUnit", "businessContextElement"}
)  # fmt: skip
_NOTES_OF_A_NODE = frozenset(
    {*NOTES, "variable", "informationRequirement", "knowledgeRequirement", "authorityRequirement",
     "supportedObjective", "impactedPerformanceIndicator", "decisionMaker", "decisionOwner",
     "usingProcess", "usingTask"}
)  # fmt: skip
_REQUIREMENTS = {
    "requiredInput": "inputData",
    "requiredDecision": "decision",
    "requiredKnowledge": "businessKnowledgeModel",
}
_REFERENCES_OF_A_SERVICE = {
    "outputDecision": "decision",
    "encapsulatedDecision": "decision",
    "inputDecision": "decision",
    "inputData": "inputData",
}


def read_model(root: Element) -> Model:
    """Raises: ModelRefused with every fault found."""
    return _Reading(root).model()


@dataclass(slots=True)
class _Named:
    """An input, a decision or a business knowledge model before its expression is read."""

    element: Element
    name: str
    type: ItemType
    requires: dict[str, list[str]] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return self.element.shown


class _Reading:
    def __init__(self, root: Element) -> None:
        self.root = root
        self.faults = Faults()
        self.built_in = built_in_scope()
        self.types = Types(self._definitions(), self.built_in, self.faults)
        self.nodes: dict[str, dict[str, _Named]] = {
            tag: {} for tag in (*_REQUIREMENTS.values(), "decisionService")
        }
        self.by_id: dict[str, _Named] = {}

    def model(self) -> Model:
        with self.faults.kept(self.root, "definitions"):
            check_language(self.root)
        self.types.resolve_all()
        self.built_in.members |= self.types.members
        for element in self.root.children:
            with self.faults.kept(element, element.shown):
                self._declare(element)
        for node in self._all_nodes():
            with self.faults.kept(node.element, node.place):
                self._require(node)
        # In the order of what requires what: names inside a value are known before they are used.
        functions = self._order("businessKnowledgeModel", "requiredKnowledge")
        order = self._order("decision", "requiredDecision")
        knowledge = self._each("businessKnowledgeModel", functions, self._knowledge)
        decisions = self._each("decision", order, self._decision)
        services = self._each("decisionService", self.nodes["decisionService"], self._service)
        inputs = self._each("inputData", self.nodes["inputData"], _input)
        self.faults.end()
        name = self.root.attributes.get("name", "")
        return Model(name, inputs, decisions, knowledge, services, order)

    def _definitions(self) -> Mapping[str, Element]:
        found: dict[str, Element] = {}
        for element in self.root.all("itemDefinition"):
            name = plain(element.attributes.get("name", ""))
            if not name or name in found:
                self.faults.add(
                    element, "an item definition needs a name of its own", place=element.shown
                )
            found.setdefault(name, element)
        return found

    def _declare(self, element: Element) -> None:
        """Raises: Refused."""
        if element.tag == "import" and not element.foreign:
            raise Refused(element, "importing another model is not supported")
        if element.foreign or element.tag not in (*self.nodes, *_NOTES, "itemDefinition"):
            raise Refused(element, f"{element.tag} is not supported")
        if element.tag not in self.nodes:
            return
        name = plain(element.attributes.get("name", ""))
        self._check_name(element, name)
        variable = element.first("variable")
        if variable is not None and plain(variable.attributes.get("name", name)) != name:
            raise Refused(variable, "the variable has another name than its element")
        node = _Named(element, name, self.types.of(element if variable is None else variable))
        self.nodes[element.tag][name] = node
        identifier = element.attributes.get("id")
        if identifier in self.by_id:
            raise Refused(element, f"there are two elements with the id {quoted(identifier)}")
        if identifier:
            self.by_id[identifier] = node

    def _check_name(self, element: Element, name: str) -> None:
        if not name:
            raise Refused(element, f"this {element.tag} has no name")
        if any(name in nodes for nodes in self.nodes.values()):
            raise Refused(element, f"there are two elements named {quoted(name)}")
        first_word(name)

    def _all_nodes(self) -> Iterable[_Named]:
        return [node for nodes in self.nodes.values() for node in nodes.values()]

    def _require(self, node: _Named) -> None:
        """Raises: Refused for a requirement that leads nowhere."""
        for requirement in node.element.children:
            if requirement.tag not in ("informationRequirement", "knowledgeRequirement"):
                continue
            for wanted in requirement.children:
                if wanted.tag in NOTES:
                    continue
                if wanted.tag not in _REQUIREMENTS:
                    raise Refused(wanted, f"{wanted.tag} is not supported as a requirement")
                target = self._target(wanted, _REQUIREMENTS[wanted.tag])
                node.requires.setdefault(wanted.tag, []).append(target.name)

    def _target(self, wanted: Element, kind: str) -> _Named:
        reference = wanted.attributes.get("href", "")
        model, _, identifier = reference.rpartition("#")
        if model and model != self.root.attributes.get("namespace"):
            raise Refused(wanted, f"{quoted(reference)} is in another model: not supported")
        target = self.by_id.get(identifier)
        if target is not None and target.element.tag == "decisionService":
            raise Refused(wanted, "calling a decision service is not supported")
        if target is None or target.element.tag != kind:
            raise Refused(wanted, f"{wanted.tag}: there is no {kind} with id {quoted(identifier)}")
        return target

    def _order(self, tag: str, requirement: str) -> tuple[str, ...]:
        """Names so that each comes after what it requires; circles become faults."""
        nodes = self.nodes[tag]
        wanted = {name: node.requires.get(requirement, []) for name, node in nodes.items()}
        order, circle = in_order(wanted)
        if circle:
            shown = " → ".join(quoted(name) for name in circle)
            node = nodes[circle[0]]
            self.faults.add(node.element, f"it requires itself: {shown}", place=node.place)
            return tuple(nodes)  # to tell the other faults too
        return order

    def _each(
        self, tag: str, names: Iterable[str], read: Callable[[_Named], Read]
    ) -> dict[str, Read]:
        found = {}
        for name in names:
            node = self.nodes[tag][name]
            with self.faults.kept(node.element, node.place):
                found[name] = read(node)
        return found

    def _reader(self, node: _Named, parameters: Iterable[InputData] = ()) -> Reader:
        scope = Scope(parent=self.built_in)
        for tag, name in self._in_reach(node):
            scope.add(self._entry(tag, name))
        for parameter in parameters:
            scope.add(Entry(parameter.name, "value", parameter.type))
        return Reader(self.types, scope, self.faults, node.place, read_table)

    def _in_reach(self, node: _Named) -> Iterable[tuple[str, str]]:
        for requirement, names in node.requires.items():
            for name in names:
                yield _REQUIREMENTS[requirement], name

    def _entry(self, tag: str, name: str) -> Entry:
        node = self.nodes[tag][name]
        if tag != "businessKnowledgeModel":
            return Entry(name, "value", node.type)
        parameters = tuple(parameter.name for parameter in self._parameters(node))
        return Entry(name, "function", node.type, parameters, len(parameters))

    def _decision(self, node: _Named) -> Decision:
        _check_parts(node, ())
        reader = self._reader(node)
        body = reader.expression_if_any(node.element, beside=tuple(_NOTES_OF_A_NODE))
        decisions = tuple(node.requires.get("requiredDecision", ()))
        names = (*node.requires.get("requiredInput", ()), *decisions)
        return Decision(node.name, node.place, node.type, body, names, decisions)

    def _service(self, node: _Named) -> Service:
        found: dict[str, list[str]] = {tag: [] for tag in _REFERENCES_OF_A_SERVICE}
        for child in node.element.children:
            if child.tag in (*NOTES, "variable"):
                continue
            if child.tag not in found or child.foreign:
                raise Refused(child, f"{child.tag} is not supported in decisionService")
            target = self._target(child, _REFERENCES_OF_A_SERVICE[child.tag])
            found[child.tag].append(target.name)
        if not found["outputDecision"]:
            raise Refused(node.element, "a decision service needs an output decision")
        outputs, given = tuple(found["outputDecision"]), tuple(found["inputDecision"])
        return Service(node.name, node.place, node.type, outputs, given)

    def _knowledge(self, node: _Named) -> Knowledge:
        _check_parts(node, ("encapsulatedLogic",))
        logic = node.element.first("encapsulatedLogic")
        if logic is None:
            raise Refused(node.element, "it has no encapsulated logic")
        kind = logic.attributes.get("kind", "FEEL")
        if kind != "FEEL":
            raise Refused(logic, f"functions in {kind} are not supported")
        parameters = self._parameters(node)
        reader = self._reader(node, parameters)
        body: Node = reader.only_expression(logic, beside=("formalParameter",))
        if "typeRef" in logic.attributes:
            body = Typed(body, self.types.of(logic), node.place)
        return Knowledge(node.name, node.place, node.type, parameters, body)

    def _parameters(self, node: _Named) -> tuple[InputData, ...]:
        """Raises: Refused."""
        logic = node.element.first("encapsulatedLogic")
        found: dict[str, InputData] = {}
        for parameter in logic.all("formalParameter") if logic else ():
            name = plain(parameter.attributes.get("name", ""))
            if not name or name in found:
                raise Refused(parameter, "a parameter needs a name of its own")
            found[name] = InputData(name, self.types.of(parameter))
        return tuple(found.values())


def _input(node: _Named) -> InputData:
    _check_parts(node, ("variable",))
    return InputData(node.name, node.type)


def _check_parts(node: _Named, parts: tuple[str, ...]) -> None:
    """Only what has a meaning here or none for anybody; what is left is the expression."""
    for child in node.element.children:
        if child.foreign:
            raise Refused(child, f"{child.tag} is not supported in {node.element.tag}")
        if parts and child.tag not in (*_NOTES_OF_A_NODE, *parts):
            raise Refused(child, f"{child.tag} is not supported in {node.element.tag}")
