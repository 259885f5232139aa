"""Small DMN models, written as the tests need them."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from risk.dmn import services
from risk.dmn.facts import Model, ModelRefused

DMN_1_5 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def xml(*parts: str, namespace: str = DMN_1_5, more: str = "") -> bytes:
    body = "\n".join(parts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions xmlns="{namespace}" name="test" namespace="urn:test" {more}>\n'
        f"{body}\n</definitions>"
    ).encode()


def load(*parts: str) -> Model:
    return services.load_model(raw=xml(*parts))


def refusal(*parts: str) -> str:
    """Why a model is refused."""
    return refusal_of(xml(*parts))


def refusal_of(raw: bytes) -> str:
    with pytest.raises(ModelRefused) as caught:
        services.load_model(raw=raw)
    return str(caught.value)


def item(name: str, inside: str, *, is_list: bool = False) -> str:
    collection = ' isCollection="true"' * is_list
    return f"<itemDefinition name={quoteattr(name)}{collection}>{inside}</itemDefinition>"


def data(name: str, type: str = "") -> str:  # noqa: A002
    reference = f" typeRef={quoteattr(type)}" * bool(type)
    return (
        f"<inputData id={quoteattr('i ' + name)} name={quoteattr(name)}>"
        f"<variable name={quoteattr(name)}{reference}/></inputData>"
    )


def decision(
    name: str,
    body: str,
    *,
    inputs: Any = (),
    decisions: Any = (),
    knowledge: Any = (),
    type: str = "",  # noqa: A002
) -> str:
    reference = f" typeRef={quoteattr(type)}" * bool(type)
    requirements = "".join(
        f"<informationRequirement><{tag} href={quoteattr(f'#{prefix} {one}')}/>"
        "</informationRequirement>"
        for tag, prefix, names in (("requiredInput", "i", inputs),
                                   ("requiredDecision", "d", decisions))
        for one in names
    ) + "".join(
        f"<knowledgeRequirement><requiredKnowledge href={quoteattr(f'#b {one}')}/>"
        "</knowledgeRequirement>"
        for one in knowledge
    )  # fmt: skip
    return (
        f"<decision id={quoteattr('d ' + name)} name={quoteattr(name)}>"
        f"<variable name={quoteattr(name)}{reference}/>{requirements}{body}</decision>"
    )  # fmt: skip


def knowledge(name: str, body: str, *, parameters: Any = (), requires: Any = ()) -> str:
    """`parameters` are names, or (name, type)."""
    pairs = [(one, "") if isinstance(one, str) else one for one in parameters]
    formal = "".join(
        f"<formalParameter name={quoteattr(one)}{f' typeRef={quoteattr(kind)}' * bool(kind)}/>"
        for one, kind in pairs
    )
    requirements = "".join(
        f"<knowledgeRequirement><requiredKnowledge href={quoteattr(f'#b {one}')}/>"
        "</knowledgeRequirement>"
        for one in requires
    )
    return (
        f"<businessKnowledgeModel id={quoteattr('b ' + name)} name={quoteattr(name)}>"
        f"<variable name={quoteattr(name)}/><encapsulatedLogic>{formal}{body}</encapsulatedLogic>"
        f"{requirements}</businessKnowledgeModel>"
    )


def text(feel: str) -> str:
    return f"<text>{escape(feel)}</text>"


def literal(feel: str, **attributes: str) -> str:
    extra = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<literalExpression{extra}>{text(feel)}</literalExpression>"


def table(
    *rules: tuple[Any, Any],
    inputs: Any,
    outputs: Any = ("",),
    policy: str = "UNIQUE",
    aggregation: str = "",
) -> str:
    """A rule is (input cells, output cells). An input is an expression, or (expression, type,
    allowed); an output a name, or (name, type, allowed, default)."""
    parts = []
    for one in inputs:
        feel, kind, allowed = (*((one,) if isinstance(one, str) else one), "", "")[:3]
        values = f"<inputValues>{text(allowed)}</inputValues>" * bool(allowed)
        reference = f" typeRef={quoteattr(kind)}" * bool(kind)
        parts.append(
            f"<input><inputExpression{reference}>{text(feel)}</inputExpression>{values}</input>"
        )
    for one in outputs:
        name, kind, allowed, default = (*((one,) if isinstance(one, str) else one), "", "", "")[:4]
        values = f"<outputValues>{text(allowed)}</outputValues>" * bool(allowed)
        values += f"<defaultOutputEntry>{text(default)}</defaultOutputEntry>" * bool(default)
        attributes = f" name={quoteattr(name)}" * bool(name)
        attributes += f" typeRef={quoteattr(kind)}" * bool(kind)
        parts.append(f"<output{attributes}>{values}</output>")
    for when, then in rules:
        cells = "".join(f"<inputEntry>{text(cell)}</inputEntry>" for cell in when)
        cells += "".join(f"<outputEntry>{text(cell)}</outputEntry>" for cell in then)
        parts.append(f"<rule>{cells}</rule>")
    attributes = f' hitPolicy="{policy}"' + f' aggregation="{aggregation}"' * bool(aggregation)
    return f"<decisionTable{attributes}>{''.join(parts)}</decisionTable>"


def ask(model: Model, name: str, **given: Any) -> Any:
    """The JSON text of the answer, so that every digit is seen; numbers go in as JSON."""
    inputs = services.json_from(json.dumps(given))
    return services.json_text(services.evaluate(model=model, decision=name, given=inputs))


def feel(expression: str, **given: Any) -> str:
    """What one expression says, as JSON, of untyped inputs by name."""
    names = sorted(given)
    model = load(*map(data, names), decision("answer", literal(expression), inputs=names))
    return str(ask(model, "answer", **given))
