"""DMN XML as a model: decision tables over input data, and nothing else.

The file is read as any DMN model first (`risk.dmn`), then its tables are taken as a policy's. What
either cannot use is refused by name and place, all of it at once: a part left out silently would
be a part of the policy that nobody decides by.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from risk.dmn import facts as dmn
from risk.dmn.markup import VERSIONS, Element, read_elements, read_markup
from risk.dmn.reading import read_model
from risk.dmn.scope import plain
from risk.exchange.cells import (
    matches_null_only_in_dmn,
    note_in_dmn,
    strings_from,
    test_in_dmn,
    value_in_dmn,
)
from risk.exchange.dmn_writing import POLICIES, SLUICE
from risk.exchange.facts import Fault, FileRefused
from risk.tables.facts import FeelType, Model
from risk.tables.parser import CellSyntaxError, parse_literal, parse_tests
from risk.tables.services import model_from_json
from risk.tables.wire import MalformedModel

_POLICY_OF = {written: policy for policy, written in POLICIES.items()}
_ONLY_TABLES = "a policy's decisions are decision tables over input data"
# Without a meaning for anybody who decides: drawings, groups, who is responsible.
_NOTES = frozenset({
    "description", "question", "allowedAnswers", "knowledgeSource", "textAnnotation", "association",
    "group", "elementCollection", "performanceIndicator", "organizationUnit",
    "businessContextElement", "variable", "authorityRequirement", "supportedObjective",
    "impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess", "usingTask",
})  # fmt: skip
_OURS = f"{SLUICE}}}"


def read_dmn(*, raw: bytes) -> Model:
    """Raises: FileRefused with every fault found."""
    try:
        root = read_elements(raw, namespaces=VERSIONS, with_text=("text", "typeRef", "description"))
    except dmn.ModelRefused as refused:
        raise FileRefused(_as_faults(map(_Found, refused.faults))) from None
    faults = [_Found(fault) for fault in _standard_faults(raw)]
    if root is None or root.tag != "definitions" or root.foreign:
        raise FileRefused(_as_faults(faults))
    translation = _Translation(root)
    content = translation.content()
    faults = list(_without_repetition(faults, translation.faults))
    if faults:
        raise FileRefused(_as_faults(sorted(faults, key=lambda found: found.fault.line)))
    try:
        return model_from_json(content)
    except MalformedModel as error:
        raise FileRefused([Fault("", "malformed", str(error))]) from None


def _standard_faults(raw: bytes) -> tuple[dmn.Fault, ...]:
    try:
        read_model(read_markup(raw))
    except dmn.ModelRefused as refused:
        return refused.faults
    return ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A fault and, of those that are not the standard's, which one it is."""

    fault: dmn.Fault
    code: str = "dmn"
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_in_a_cell(self) -> bool:
        return self.fault.position is not None


def _without_repetition(standard: list[_Found], ours: list[_Found]) -> Iterator[_Found]:
    """One reason a place: of a cell what is wrong with it in a policy, else what the standard has
    against it.
    """
    cells = {found.fault.place for found in ours if found.is_in_a_cell}
    told = {found.fault.place for found in standard}
    yield from (found for found in standard if found.fault.place not in cells)
    yield from (found for found in ours if found.is_in_a_cell or found.fault.place not in told)


def _as_faults(faults: Iterable[_Found]) -> Iterator[Fault]:
    for found in faults:
        fault = found.fault
        where = f"{fault.place} (line {fault.line})" if fault.line else fault.place
        if fault.position is None:
            yield Fault(where, found.code, fault.message, found.params)
            continue
        params = {**found.params, "character": fault.position + 1}
        message = f"{fault.message} (character {params['character']})"
        yield Fault(where, found.code, message, params)


class _Translation:
    """Builds a model's JSON from elements; what does not fit is kept in `faults`."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.faults: list[_Found] = []
        self.signals: dict[str, Element] = {}

    def refuse(self, element: Element, place: str, code: str, message: str, **params: Any) -> None:
        self.faults.append(_Found(dmn.Fault(place, element.line, message), code, params))

    def refuse_cell(self, element: Element, place: str, error: CellSyntaxError) -> None:
        fault = dmn.Fault(place, element.line, error.message, error.position)
        self.faults.append(_Found(fault, error.code, error.params))

    def content(self) -> dict[str, Any]:
        for element in self.root.all("inputData"):
            self.signals[element.attributes.get("id", "")] = element
        for element in self.root.children:
            if element.tag not in (*_NOTES, "inputData", "decision"):
                self.refuse(element, element.shown, "only_tables", _ONLY_TABLES)
        tables = [self.table(element) for element in self.root.all("decision")]
        if not tables:
            self.refuse(self.root, "definitions", "no_decision", "there is no decision in it")
        return {"tables": tables, **self.own(self.root, "definitions")}

    def table(self, decision: Element) -> dict[str, Any]:
        place, name = decision.shown, plain(decision.attributes.get("name", ""))
        signals = self.looked_at(decision)
        table = decision.first("decisionTable")
        if table is None:
            self.refuse(decision, place, "only_tables", _ONLY_TABLES)
            return {}
        inputs = [
            self.input(element, f"{place}, input {index}", signals)
            for index, element in enumerate(table.all("input"), start=1)
        ]
        outputs = self.outputs(table, place, name, decision)
        rules = [
            self.rule(element, f"{place}, rule {index}", inputs, outputs)
            for index, element in enumerate(table.all("rule"), start=1)
        ]
        return {
            "name": name, "hit_policy": self.hit_policy(table, place), "inputs": inputs,
            "outputs": outputs, "rules": rules, **self.own(table, place),
        }  # fmt: skip

    def looked_at(self, decision: Element) -> dict[str, str]:
        """The types of the input data it requires, by name; other requirements are refused."""
        found = {}
        for part in decision.children:
            if part.tag not in (*_NOTES, "informationRequirement", "decisionTable"):
                self.refuse(part, f"{decision.shown}, {part.tag}", "only_tables", _ONLY_TABLES)
            if part.tag != "informationRequirement":
                continue
            for wanted in part.children:
                data = self.signals.get(wanted.attributes.get("href", "").rpartition("#")[2])
                if wanted.tag == "requiredDecision":
                    why = f"it requires another decision; {_ONLY_TABLES}"
                    self.refuse(wanted, f"{decision.shown}, {wanted.tag}", "decision_required", why)
                elif data is not None:
                    name = plain(data.attributes.get("name", ""))
                    found[name] = _type_reference(data.first("variable") or data)
        return found

    def hit_policy(self, table: Element, place: str) -> str:
        written = (
            table.attributes.get("hitPolicy", "UNIQUE"),
            table.attributes.get("aggregation", ""),
        )
        policy = _POLICY_OF.get(written, "")
        if not policy:
            why = f"the hit policy {' '.join(written)} is not supported"
            self.refuse(table, place, "hit_policy_unsupported", why)
        return policy

    def input(self, element: Element, place: str, signals: Mapping[str, str]) -> dict[str, Any]:
        expression = element.first("inputExpression")
        text = expression.first("text") if expression else None
        name = plain(text.text) if text else ""
        written = _type_reference(expression) if expression else ""
        declared = signals.get(name, "")
        if name not in signals:
            why = "an input is an input data that the decision requires, not an expression"
            self.refuse(element, place, "input_not_data", why)
            kind = ""
        elif written and declared and written != declared:
            why = f"it is a {written}, its input data a {declared}"
            self.refuse(element, place, "types_differ", why, type=dmn.quoted(written))
            kind = ""
        else:
            kind = self.type(element, place, written or declared)
        values = self.values(element, "inputValues", place, kind)
        return {"name": name, "type": kind, **values, **self.own(element, place)}

    def outputs(
        self, table: Element, place: str, name: str, decision: Element
    ) -> list[dict[str, Any]]:
        """A single output may leave its name and type to the decision."""
        elements = list(table.all("output"))
        variable = decision.first("variable")
        result = _type_reference(variable) if variable else ""
        found = []
        for index, element in enumerate(elements, start=1):
            where = f"{place}, output {index}"
            written = _type_reference(element)
            if result and (len(elements) > 1 or written not in ("", result)):
                why = f"its type {dmn.quoted(result)} is not its output's"
                self.refuse(decision, place, "types_differ", why, type=dmn.quoted(result))
            column: dict[str, Any] = {
                "name": plain(element.attributes.get("name", "")) or name,
                "type": self.type(element, where, written or result),
            }
            column |= self.values(element, "outputValues", where, column["type"])
            column |= self.default(element, where, column["type"])
            found.append(column | self.own(element, where))
        return found

    def type(self, element: Element, place: str, written: str) -> str:
        """Empty when refused: then nothing is said of the column's cells."""
        if written in list(FeelType):
            return written
        types = ", ".join(FeelType)
        if written:
            what, code = f"the type {dmn.quoted(written)} is not supported", "type_unsupported"
        else:
            what, code = "it has no type", "type_missing"
        why = f"{what}; it has to be one of {types}"
        self.refuse(element, place, code, why, type=dmn.quoted(written), types=types)
        return ""

    def values(self, element: Element, tag: str, place: str, kind: str) -> dict[str, Any]:
        listed = element.first(tag)
        text = listed.first("text") if listed else None
        if listed is None or text is None or not text.text.strip():
            return {}
        allowed, is_list = strings_from(text.text)
        if not is_list or kind not in ("", FeelType.STRING):
            self.refuse(listed, place, "allowed_list", "allowed values are a list of texts")
        return {"allowed": allowed}

    def default(self, element: Element, place: str, kind: str) -> dict[str, Any]:
        entry = element.first("defaultOutputEntry")
        if entry is not None:
            return {"default": self.literal(entry, f"{place}, default", kind)}
        kept = self.json(element, f"{_OURS}default", place)
        return {"default": kept} if isinstance(kept, str) else {}

    def rule(
        self, element: Element, place: str, inputs: list[dict[str, Any]],
        outputs: list[dict[str, Any]],
    ) -> dict[str, Any]:  # fmt: skip
        """A row too short or too long is refused by the standard's reader."""
        tests = zip(element.all("inputEntry"), inputs, strict=False)
        values = zip(element.all("outputEntry"), outputs, strict=False)
        rule: dict[str, Any] = {
            "inputs": [
                self.test(entry, f"{place}, input {index}", column["type"])
                for index, (entry, column) in enumerate(tests, start=1)
            ],
            "outputs": [
                self.literal(entry, f"{place}, output {index}", column["type"])
                for index, (entry, column) in enumerate(values, start=1)
            ],
        }
        note = self.note(element, place)
        return rule | ({"note": note} if note else {}) | self.own(element, place)

    def note(self, element: Element, place: str) -> str:
        """The description; where there is none, the one annotation."""
        description = element.first("description")
        texts = [
            text.text
            for entry in element.all("annotationEntry")
            if (text := entry.first("text")) is not None and text.text.strip()
        ]
        note = description.text if description else ""
        if any(text != (note or texts[0]) for text in texts):
            why = "a rule has one note; here a description and annotations differ"
            self.refuse(element, f"{place}, note", "two_notes", why)
        note = note or "".join(texts[:1])
        exact = self.json(element, f"{_OURS}exact", place)
        return exact if isinstance(exact, str) and note_in_dmn(exact) == note else note

    def test(self, entry: Element, place: str, kind: str) -> str:
        text, exact = self.texts(entry, place)
        if not kind:
            return text
        try:
            if exact is not None and test_in_dmn(exact, FeelType(kind)) == text:
                return exact
            parse_tests(text, type=FeelType(kind))
            if matches_null_only_in_dmn(text, FeelType(kind)):
                why = (
                    "not(…) of values is true of null by the standard, and in a policy it is not; "
                    "write null inside the brackets too if null is not meant to match"
                )
                self.refuse(entry, place, "null_by_standard", why)
        except CellSyntaxError as error:
            self.refuse_cell(entry, place, error)
        return text

    def literal(self, entry: Element, place: str, kind: str) -> str:
        text, exact = self.texts(entry, place)
        if exact is not None and value_in_dmn(exact) == text:
            return exact
        try:
            if kind:
                parse_literal(text, type=FeelType(kind))
        except CellSyntaxError as error:
            self.refuse_cell(entry, place, error)
        return text

    def texts(self, entry: Element, place: str) -> tuple[str, str | None]:
        """What is written, and what it was before, if that was kept."""
        text = entry.first("text")
        exact = self.json(entry, f"{_OURS}exact", place)
        return text.text if text else "", exact if isinstance(exact, str) else None

    def own(self, element: Element, place: str) -> dict[str, Any]:
        """What DMN has no word for. A key that a model does not have is refused with the model."""
        names = [
            name for name in element.attributes
            if name.startswith(_OURS) and name not in (f"{_OURS}exact", f"{_OURS}default")
        ]  # fmt: skip
        return {name.removeprefix(_OURS): self.json(element, name, place) for name in names}

    def json(self, element: Element, name: str, place: str) -> Any:
        written = element.attributes.get(name)
        if written is None:
            return None
        try:
            return json.loads(written)
        except (ValueError, RecursionError):
            own = name.removeprefix(_OURS)
            self.refuse(element, place, "kept_unreadable", f"{own} is not readable", name=own)
            return None


def _type_reference(element: Element) -> str:
    return plain(element.attributes.get("typeRef", "")).removeprefix("feel:")
