"""Other people's DMN models: a policy comes in, all else is refused by name and place."""

from __future__ import annotations

from typing import Any

import pytest

from risk.exchange import services
from risk.exchange.facts import FileRefused
from risk.policies import starter
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    HitPolicyViolation,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
)
from risk.tables.services import compile_model, model_from_json
from tests.risk.dmn.build import data, decision, item, knowledge, literal, table, xml

RULES = [(["< 580"], ['"A"'])]


def read(*parts: str, **given: str) -> Model:
    return services.model_from_dmn(raw=xml(*parts, **given))


def refusal(*parts: str) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        read(*parts)
    return [str(fault) for fault in caught.value.faults]


def policy(body: str, **given: Any) -> tuple[str, ...]:
    inputs = given.pop("inputs", ["score"])
    return data("score", "number"), decision("t", body, inputs=inputs, **given)


@pytest.mark.parametrize(
    "namespace",
    ["http://www.omg.org/spec/DMN/20180521/MODEL/", "https://www.omg.org/spec/DMN/20191111/MODEL/",
     "https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/"],
)  # fmt: skip
def test_a_table_over_input_data_comes_in_from_every_version_of_the_standard(
    namespace: str,
) -> None:
    body = table(
        (["< 580"], ['"A"', "1"]),
        inputs=["score"],
        outputs=[("reason", "string", '"A", "B"', ""), ("limit", "number", "", "7")],
        policy="COLLECT",
    )
    assert read(*policy(body), namespace=namespace) == Model((
        Table(
            "t", HitPolicy.COLLECT, (InputColumn("score", FeelType.NUMBER),),
            (OutputColumn("reason", FeelType.STRING, ("A", "B")),
             OutputColumn("limit", FeelType.NUMBER, (), "7")),
            (Rule(("< 580",), ('"A"', "1")),),
        ),
    ))  # fmt: skip


def test_a_single_output_may_leave_its_name_and_type_to_the_decision() -> None:
    model = read(*policy(table(*RULES, inputs=["score"]), type="string"))
    assert model.tables[0].outputs == (OutputColumn("t", FeelType.STRING),)


@pytest.mark.parametrize(
    ("inside", "note"),
    [
        ("<description>why</description>", "why"),
        ("<annotationEntry><text>why</text></annotationEntry>", "why"),
        ("<description>x</description><annotationEntry><text>x</text></annotationEntry>", "x"),
        ("<annotationEntry><text> </text></annotationEntry>", ""),
    ],
)  # fmt: skip
def test_a_rule_has_its_note_from_a_description_or_the_one_annotation(
    inside: str, note: str
) -> None:
    body = table(*RULES, inputs=["score"], outputs=[("o", "string")])
    body = body.replace("<rule>", f"<rule>{inside}")
    assert read(*policy(body)).tables[0].rules[0].note == note


OUTPUT = [("o", "string")]
TABLE = table(*RULES, inputs=["score"], outputs=OUTPUT)


NO_POLICIES = [
    ((decision("t", literal("1 + 1")),),
     ['decision "t", literalExpression (line 3): a policy\'s decisions are decision tables',
      'decision "t" (line 3): a policy\'s decisions are decision tables']),
    ((*policy(TABLE), knowledge("k", literal("1"))),
     ['businessKnowledgeModel "k" (line 5): a policy\'s decisions are decision tables']),
    ((*policy(TABLE), item("tAge", "<typeRef>number</typeRef>")),
     ['itemDefinition "tAge" (line 5): a policy\'s decisions are decision tables']),
    ((*policy(TABLE), decision("u", TABLE, inputs=["score"], decisions=["t"])),
     ['decision "u", requiredDecision (line 5): it requires another decision']),
    (policy(table(*RULES, inputs=["score + 1"], outputs=OUTPUT)),
     ['decision "t", input 1 (line 4): an input is an input data that the decision requires']),
    (policy(table(*RULES, inputs=[("score", "string")], outputs=OUTPUT)),
     ['decision "t", input 1 (line 4): it is a string, its input data a number']),
    (policy(table(*RULES, inputs=["score"])),
     ['decision "t", output 1 (line 4): it has no type']),
    (policy(TABLE, type="number"),
     ['decision "t" (line 4): its type "number" is not its output\'s']),
    ((data("when", "time"), decision("t", table((["-"], ["1"]), inputs=["when"],
                                                outputs=[("o", "number")]), inputs=["when"])),
     ['decision "t", input 1 (line 4): the type "time" is not supported']),
    ((data("s", "string"), decision("t", table((['not("A")'], ["1"]), inputs=["s"],
                                               outputs=[("o", "number")]), inputs=["s"])),
     ['decision "t", rule 1, input 1 (line 4): not(…) of values is true of null']),
    (policy(table((["date(\"2026-01-01\")"], ['"A"']), inputs=["score"], outputs=OUTPUT)),
     ['decision "t", rule 1, input 1 (line 4): This column holds a number. (character 1)']),
    (policy(table((["< 1 + 1"], ['"A"']), inputs=["score"], outputs=OUTPUT)),
     ['decision "t", rule 1, input 1 (line 4): Unexpected']),
    (policy(table((["-"], ["score + 1"]), inputs=["score"], outputs=[("o", "number")])),
     ['decision "t", rule 1, output 1 (line 4): Unexpected']),
    (policy(table((["-"], ["1"]), inputs=["score"], outputs=[("o", "number", "", "1 + 1")])),
     ['decision "t", output 1, default (line 4): Unexpected']),
    (policy(table((["-"], ["1"]), inputs=["score"], outputs=[("o", "number", "[1..5]")])),
     ['decision "t", output 1 (line 4): allowed values are a list of texts']),
    (policy(TABLE.replace("<rule>", "<rule><description>a</description>"
                          "<annotationEntry><text>b</text></annotationEntry>")),
     ['decision "t", rule 1, note (line 4): a rule has one note']),
    (policy(TABLE.replace("<rule>", '<rule xmlns:s="urn:sluice:exchange:1" s:more="{">')),
     ['decision "t", rule 1 (line 4): more is not readable']),
    (policy(TABLE.replace("<rule>", '<rule xmlns:s="urn:sluice:exchange:1" s:more="1">')),
     ["$.tables[0].rules[0].more is not known"]),
    ((data("score", "number"),), ["definitions (line 2): there is no decision in it"]),
    (policy(table((["for x in y"], ['"A"']), inputs=["score"], outputs=OUTPUT)),
     ['decision "t", rule 1, input 1 (line 4)']),
]  # fmt: skip
CODES = [
    ["only_tables", "only_tables"], ["only_tables"], ["only_tables"], ["decision_required"],
    ["input_not_data"], ["types_differ"], ["type_missing"], ["types_differ"],
    ["type_unsupported"], ["null_by_standard"], ["wrong_type"], ["unexpected_character"],
    ["unexpected_character"], ["unexpected_character"], ["allowed_list"], ["two_notes"],
    ["kept_unreadable"], ["malformed"], ["no_decision"], ["unsupported"],
]  # fmt: skip


@pytest.mark.parametrize(("parts", "told"), NO_POLICIES, ids=range(20))
def test_what_is_no_policy_is_refused_by_name_and_place(
    parts: tuple[str, ...], told: list[str]
) -> None:
    found = refusal(*parts)
    assert len(found) == len(told)
    for line, beginning in zip(found, told, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    ("parts", "codes"),
    [(parts, codes) for (parts, _), codes in zip(NO_POLICIES, CODES, strict=True)],
    ids=range(20),
)
def test_what_is_no_policy_says_which_fault_it_is(parts: tuple[str, ...], codes: list[str]) -> None:
    with pytest.raises(FileRefused) as caught:
        read(*parts)
    assert [fault.code for fault in caught.value.faults] == codes


def test_the_place_in_a_cell_is_told_with_the_fault() -> None:
    with pytest.raises(FileRefused) as caught:
        read(*policy(table((["< 1 + 1"], ['"A"']), inputs=["score"], outputs=OUTPUT)))
    assert caught.value.faults[0].params["character"] == 5


def test_faults_of_the_standard_and_of_policies_are_told_together_in_the_files_order() -> None:
    body = table((["for x in y"], ["1 + 1"]), inputs=["score"], outputs=[("o", "number")])
    found = refusal(*policy(body), decision("u", literal("nothing")))
    assert [fault.partition(" (line")[0] for fault in found] == [
        'decision "t", rule 1, input 1', 'decision "t", rule 1, output 1', 'decision "u"',
        'decision "u", literalExpression',
    ]  # fmt: skip


def test_a_cell_edited_elsewhere_is_believed_over_what_was_kept_beside_it() -> None:
    column = InputColumn("s", FeelType.STRING)
    out = OutputColumn("o", FeelType.NUMBER)
    model = Model((Table("t", HitPolicy.FIRST, (column,), (out,), (Rule(('not("A")',), ("1",)),)),))
    raw = services.dmn_from_model(model=model, name="p")
    assert b"not(&quot;A&quot;, null)" in raw
    edited = raw.replace(b"not(&quot;A&quot;, null)", b"not(&quot;B&quot;, null)")
    assert services.model_from_dmn(raw=edited).tables[0].rules[0].inputs == ('not("B", null)',)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (Table("score", HitPolicy.FIRST, (InputColumn("score", FeelType.NUMBER),),
               (OutputColumn("o", FeelType.NUMBER),), (Rule(("-",), ("1",)),)), "dmn"),
        (Table("t", HitPolicy.FIRST, (InputColumn("not", FeelType.NUMBER),),
               (OutputColumn("o", FeelType.NUMBER),), (Rule(("-",), ("1",)),)), "dmn"),
        (Table("t", HitPolicy.FIRST, (InputColumn("score", FeelType.NUMBER),),
               (OutputColumn("o", FeelType.NUMBER),), (Rule(("<",), ("1",)),)), "value_expected"),
    ],
)  # fmt: skip
def test_a_policy_that_dmn_cannot_say_is_not_written(table: Table, code: str) -> None:
    with pytest.raises(FileRefused) as caught:
        services.dmn_from_model(model=Model((table,)), name="p")
    assert {fault.code for fault in caught.value.faults} == {code}


def test_a_signal_named_like_a_function_is_still_that_signal() -> None:
    for name in ("date", "sum", "count", "min"):
        column = InputColumn(name, FeelType.NUMBER)
        rule = Rule(("< 3",), ("1",))
        out = OutputColumn("o", FeelType.NUMBER)
        model = Model((Table("t", HitPolicy.FIRST, (column,), (out,), (rule,)),))
        raw = services.dmn_from_model(model=model, name="p")
        assert services.model_from_dmn(raw=raw) == model


def test_two_equal_rules_that_may_not_both_match_break_both_ways() -> None:
    """The reader keeps hit policies: what is broken there is broken here."""
    body = table((["-"], ['"A"']), (["-"], ['"B"']), inputs=["score"], outputs=OUTPUT, policy="ANY")
    with pytest.raises(HitPolicyViolation):
        compile_model(read(*policy(body))).evaluate({"score": 1})


def test_the_starter_policy_goes_out_in_a_readable_way() -> None:
    model = model_from_json(starter.consumer_credit())
    text = services.dmn_from_model(model=model, name="p").decode()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="https://')
    assert '<decisionTable id="table_1" hitPolicy="COLLECT">' in text
    assert "sluice:exact" not in text
