"""What a model is made of: requirements, types, functions, boxed expressions; refusals."""

from __future__ import annotations

import pytest

from risk.dmn import services
from risk.dmn.facts import EvaluationFailed, LimitExceeded, ModelRefused, UnknownDecision
from tests.risk.dmn.build import (
    DMN_1_5,
    ask,
    data,
    decision,
    item,
    knowledge,
    literal,
    load,
    refusal,
    table,
    text,
    xml,
)

VERSIONS = [
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    DMN_1_5,
]
INSTALMENT = knowledge(
    "Instalment",
    literal("(p * r / 12) / (1 - (1 + r / 12) ** -n)"),
    parameters=[("p", "number"), ("r", "number"), ("n", "number")],
)


@pytest.mark.parametrize("namespace", VERSIONS)
def test_every_version_from_1_2_to_1_5_is_read(namespace: str) -> None:
    model = services.load_model(raw=xml(decision("answer", literal("1 + 1")), namespace=namespace))
    assert ask(model, "answer") == "2"


def test_a_model_of_another_version_is_refused_by_its_number() -> None:
    raw = xml(namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd")
    with pytest.raises(ModelRefused, match=r"DMN 1\.1 is not supported; DMN 1\.2 to 1\.5 are"):
        services.load_model(raw=raw)


def test_decisions_use_decisions_and_each_is_evaluated_only_when_wanted() -> None:
    model = load(
        decision("Total", literal("Fee + Twice"), inputs=["Fee"], decisions=["Twice"]),
        decision("Twice", literal("Fee * 2"), inputs=["Fee"]),
        decision("Bad", table((["-"], ["1"]), (["-"], ["1"]), inputs=["Fee"]), inputs=["Fee"]),
        data("Fee", "number"),
    )
    assert ask(model, "Total", Fee=1.5) == "4.5"
    with pytest.raises(EvaluationFailed):
        ask(model, "Bad", Fee=1)


def test_a_long_line_of_decisions_does_not_deepen_the_stack() -> None:
    parts = [decision("d0", literal("1"))]
    parts += [
        decision(f"d{n}", literal(f"d{n - 1} + 1"), decisions=[f"d{n - 1}"])
        for n in range(1, 3_000)
    ]
    assert ask(load(*parts), "d2999") == "3000"


def test_a_circle_of_decisions_is_refused_and_shown() -> None:
    told = refusal(
        decision("a", literal("b"), decisions=["b"]), decision("b", literal("a"), decisions=["a"])
    )
    assert '"a" → "b" → "a"' in told or '"b" → "a" → "b"' in told
    assert "it requires itself" in told


def test_functions_that_call_each_other_in_a_circle_are_refused() -> None:
    told = refusal(
        knowledge("f", literal("g(x)"), parameters=["x"], requires=["g"]),
        knowledge("g", literal("f(x)"), parameters=["x"], requires=["f"]),
    )
    assert "it requires itself" in told
    alone = refusal(knowledge("f", literal("f(x)"), parameters=["x"]))
    assert 'there is no function "f"' in alone


def test_a_business_knowledge_model_is_called_by_place_by_name_and_boxed() -> None:
    boxed = (
        f"<invocation>{literal('Instalment')}"
        f'<binding><parameter name="n"/>{literal("360")}</binding>'
        f'<binding><parameter name="p"/>{literal("600000")}</binding>'
        f'<binding><parameter name="r"/>{literal("0.0375")}</binding></invocation>'
    )
    model = load(
        INSTALMENT,
        decision("placed", literal("Instalment(600000, 0.0375, 360)"), knowledge=["Instalment"]),
        decision(
            "named", literal("Instalment(n: 360, r: 0.0375, p: 600000)"), knowledge=["Instalment"]
        ),
        decision("boxed", boxed, knowledge=["Instalment"]),
    )
    answers = {ask(model, name) for name in ("placed", "named", "boxed")}
    assert answers == {"2778.693549432766768088520383236299"}


def test_a_call_with_the_wrong_arguments_is_refused_when_the_model_is_read() -> None:
    told = refusal(INSTALMENT, decision("a", literal("Instalment(1, 2)"), knowledge=["Instalment"]))
    assert '"Instalment" takes 3 arguments, not 2' in told
    boxed = (
        f"<invocation>{literal('Instalment')}"
        f'<binding><parameter name="q"/>{literal("1")}</binding></invocation>'
    )
    told = refusal(INSTALMENT, decision("a", boxed, knowledge=["Instalment"]))
    assert '"Instalment" has no parameter "q"' in told


def test_a_function_that_is_not_required_is_not_known() -> None:
    assert 'there is no function "Instalment"' in refusal(
        INSTALMENT, decision("a", literal("Instalment(1, 2, 3)"))
    )


def test_an_argument_of_the_wrong_type_stops_at_the_parameter() -> None:
    model = load(
        INSTALMENT,
        data("Amount"),
        decision(
            "a", literal("Instalment(Amount, 0.1, 3)"), inputs=["Amount"], knowledge=["Instalment"]
        ),
    )
    with pytest.raises(EvaluationFailed) as caught:
        ask(model, "a", Amount="secret")
    assert str(caught.value) == (
        'businessKnowledgeModel "Instalment", parameter "p": '
        "the value has to be a number, not a string"
    )


def test_boxed_contexts_lists_and_relations_are_read() -> None:
    context = (
        f'<context><contextEntry><variable name="net income"/>{literal("Income - 100")}'
        f'</contextEntry><contextEntry><variable name="half" typeRef="number"/>'
        f"{literal('net income / 2')}</contextEntry></context>"
    )
    with_result = context.replace(
        "</context>", f"<contextEntry>{literal('half + 1')}</contextEntry></context>"
    )
    relation = (
        '<relation><column name="a"/><column name="b"/>'
        f"<row>{literal('1')}{literal('2')}</row><row>{literal('3')}{literal('4')}</row></relation>"
    )
    model = load(
        data("Income", "number"),
        decision("all", context, inputs=["Income"]),
        decision("last", with_result, inputs=["Income"]),
        decision("list", f"<list>{literal('1')}{literal('2')}</list>"),
        decision("rows", relation),
        decision("path", literal("all.net income + sum(rows.b)"), decisions=["all", "rows"]),
    )
    assert ask(model, "all", Income=300) == '{"net income": 200, "half": 100}'
    assert ask(model, "last", Income=300) == "101"
    assert ask(model, "list") == "[1, 2]"
    assert ask(model, "rows") == '[{"a": 1, "b": 2}, {"a": 3, "b": 4}]'
    assert ask(model, "path", Income=300) == "206"


def test_a_decision_service_is_asked_for_like_a_decision() -> None:
    service = (
        '<decisionService id="s" name="Both"><outputDecision href="#d x"/>'
        '<outputDecision href="#d y"/><inputDecision href="#d x"/></decisionService>'
    )
    model = load(
        decision("x", literal("1")), decision("y", literal("x + 1"), decisions=["x"]), service
    )
    assert ask(model, "Both", x=10) == '{"x": 10, "y": 11}'


def test_a_decision_people_take_is_an_input() -> None:
    model = load(
        decision("Verdict", "", type="boolean"),
        decision("answer", literal("not(Verdict)"), decisions=["Verdict"]),
    )
    assert ask(model, "answer", Verdict=True) == "false"
    with pytest.raises(EvaluationFailed, match="people decide it, so give it as an input"):
        ask(model, "answer")


def test_an_unknown_decision_is_told_with_what_it_may_have_been() -> None:
    model = load(decision("Eligibility", literal("1")))
    with pytest.raises(UnknownDecision) as caught:
        ask(model, "Eligibilty")
    assert str(caught.value) == (
        'There is no decision "Eligibilty" in this model; did you mean "Eligibility".'
    )


def test_a_result_of_the_wrong_type_is_an_error_and_not_a_null() -> None:
    model = load(decision("answer", literal('"one"'), type="number"))
    with pytest.raises(EvaluationFailed) as caught:
        ask(model, "answer")
    assert str(caught.value) == ('decision "answer": the value has to be a number, not a string')


def test_one_value_and_a_list_of_it_become_each_other() -> None:
    model = load(
        item("tNumbers", "<typeRef>number</typeRef>", is_list=True),
        decision("many", literal("1"), type="tNumbers"),
        decision("one", literal("[1]"), type="number"),
    )
    assert ask(model, "many") == "[1]"
    assert ask(model, "one") == "1"


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (["<import/>"], "importing another model is not supported"),
        (["<surprise/>"], "surprise (line 3): surprise is not supported"),
        ([decision("a", "<functionDefinition/>")], "a boxed function definition is not supported"),
        ([decision("a", "<conditional/>")], "a boxed conditional is not supported"),
        ([decision("a", "<filter/>")], "a boxed filter is not supported"),
        ([decision("a", "<for/>")], "a boxed iterator (for) is not supported"),
        ([decision("a", "<some/>")], "a boxed iterator (some) is not supported"),
        ([decision("a", "<every/>")], "a boxed iterator (every) is not supported"),
        ([decision("a", "<surprise/>")], 'decision "a" (line 3): surprise is not supported here'),
        ([decision("a", literal("1") * 2)], "literalExpression is one expression too many"),
        ([decision("a", "<literalExpression/>")], "literalExpression has no text"),
        ([decision("a", literal("1", expressionLanguage="urn:python"))],
         'the language "urn:python" is not supported; FEEL is'),
        ([decision("a", literal("1")), decision("a", literal("1"))], "two elements named"),
        ([decision("", literal("1"))], "this decision has no name"),
        ([data("a"), data("b").replace("i b", "i a")], 'two elements with the id "i a"'),
        ([decision("a", literal("1"), inputs=["b"])], "requiredInput: there is no inputData"),
        ([decision("a", literal("1"), type="tMoney")], 'there is no type "tMoney"'),
        ([data("a", "nmber")], 'there is no type "nmber"; did you mean "number"'),
        ([item("t", "<functionItem/>")], "functionItem is not supported in itemDefinition"),
        ([item("t", "<typeConstraint/>")], "typeConstraint is not supported in itemDefinition"),
        ([item("a", "<typeRef>b</typeRef>"), item("b", "<typeRef>a</typeRef>")],
         "is made of itself"),
        ([item("t", "<typeRef>string</typeRef><allowedValues><text>&lt;</text></allowedValues>")],
         'allowed values of "t"'),
        (["<businessKnowledgeModel name='f'><encapsulatedLogic kind='Java'/>"
          "</businessKnowledgeModel>"], "functions in Java are not supported"),
        ([data('say "hi"')], "this is no name a FEEL expression could mention"),
        (['<x:decision xmlns:x="urn:x"/>'], "decision is not supported"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_by_name_and_place(parts: list[str], why: str) -> None:
    assert why in refusal(*parts)


def test_faults_of_several_elements_are_told_together() -> None:
    told = refusal(
        data("a", "x"), decision("b", literal("1 +")), decision("c", "<for/>"), "<import/>"
    )
    assert len(told.splitlines()) == 4


def test_after_twenty_faults_no_more_are_looked_for() -> None:
    told = refusal(*[decision(f"d{n}", literal("1 +")) for n in range(25)])
    assert told.splitlines()[20:] == ["the model: there may be more faults"]


def test_drawings_notes_and_vendors_extensions_carry_no_meaning() -> None:
    model = load(
        "<description>…</description><extensionElements><x:y xmlns:x='urn:x'/></extensionElements>",
        "<knowledgeSource name='k'/><textAnnotation><text>note</text></textAnnotation>",
        decision("a", f"<question>?</question>{literal('1')}"),
        '<d:DMNDI xmlns:d="https://www.omg.org/spec/DMN/20230324/DMNDI/"><d:x/></d:DMNDI>',
    )
    assert ask(model, "a") == "1"


@pytest.mark.parametrize(
    "parts",
    [
        # Each doubles the one before: texts, lists, comparisons of lists, calls.
        [decision("d0", literal('"ha"'))]
        + [decision(f"d{n}", literal(f"d{n - 1} + d{n - 1}"), decisions=[f"d{n - 1}"])
           for n in range(1, 60)],
        [decision("d0", literal("[1]"))]
        + [decision(f"d{n}", literal(f"[d{n - 1}, d{n - 1}]"), decisions=[f"d{n - 1}"])
           for n in range(1, 60)],
        [knowledge("f0", literal("x + 1"), parameters=["x"])]
        + [knowledge(f"f{n}", literal(f"f{n - 1}(x) + f{n - 1}(x)"), parameters=["x"],
                     requires=[f"f{n - 1}"]) for n in range(1, 40)]
        + [decision("d59", literal("f39(1)"), knowledge=["f39"])],
        [knowledge("f0", literal("x + 1"), parameters=["x"])]
        + [knowledge(f"f{n}", literal(f"f{n - 1}(x)"), parameters=["x"], requires=[f"f{n - 1}"])
           for n in range(1, 400)]
        + [decision("d59", literal("f399(1)"), knowledge=["f399"])],
        [decision("d0", literal("[1]"))]
        + [decision(f"d{n}", literal(f"{{a: [d{n - 1}]}}"), decisions=[f"d{n - 1}"])
           for n in range(1, 60)],
    ],
    ids=["texts", "lists", "calls", "depth", "nesting"],
)  # fmt: skip
def test_a_model_that_grows_without_end_is_stopped_with_a_sentence(parts: list[str]) -> None:
    with pytest.raises(LimitExceeded, match=r"^decision .* (more than|beyond) "):
        ask(load(*parts), "d59")


def test_allowed_values_of_a_type_hold_for_results_too() -> None:
    listed = text('"A","B"')
    status = item("tStatus", f"<typeRef>string</typeRef><allowedValues>{listed}</allowedValues>")
    model = load(status, data("x"), decision("a", literal("x"), inputs=["x"], type="tStatus"))
    assert ask(model, "a", x="B") == '"B"'
    with pytest.raises(EvaluationFailed, match='the value has to be one of "A","B"'):
        ask(model, "a", x="C")


def test_a_value_that_allowed_values_cannot_judge_is_not_allowed() -> None:
    share = item(
        "tShare", "<typeRef>Any</typeRef><allowedValues><text>[0..1]</text></allowedValues>"
    )
    model = load(share, data("x"), decision("a", literal("x"), inputs=["x"], type="tShare"))
    assert ask(model, "a", x=0.5) == "0.5"
    with pytest.raises(EvaluationFailed, match=r"the value has to be one of \[0\.\.1\]"):
        ask(model, "a", x="half")


def test_a_structure_with_a_component_missing_is_of_another_type() -> None:
    loan = item("tLoan", '<itemComponent name="rate"><typeRef>number</typeRef></itemComponent>')
    model = load(
        loan,
        decision("whole", literal("{rate: null, more: 1}"), type="tLoan"),
        decision("part", literal("{more: 1}"), type="tLoan"),
    )
    assert ask(model, "whole") == '{"rate": null, "more": 1}'
    with pytest.raises(EvaluationFailed, match='has to be a "tLoan": "rate" is missing'):
        ask(model, "part")


def test_a_requirement_may_name_its_own_model_and_no_other() -> None:
    own, other = (
        decision("a", literal("b"), decisions=["b"]).replace("#d b", f"urn:{name}#d b")
        for name in ("test", "other")
    )
    assert ask(load(own, decision("b", literal("1"))), "a") == "1"
    assert '"urn:other#d b" is in another model: not supported' in refusal(
        other, decision("b", literal("1"))
    )


def test_names_inside_a_value_are_known_wherever_its_decision_stands_in_the_file() -> None:
    model = load(
        decision("use", literal("made.net income + 1"), decisions=["made"]),
        decision("made", literal("{net income: 2}")),
    )
    assert ask(model, "use") == "3"


def test_faults_are_told_from_the_first_line_to_the_last() -> None:
    told = refusal(
        decision("b", literal("1 +"), decisions=["a"]), "\n", decision("a", literal("2 +"))
    ).splitlines()
    assert [line.split(" (")[0] for line in told] == ['decision "b"', 'decision "a"']
