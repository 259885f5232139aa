"""The loan originations of the standard's own test kit, table by table."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from risk.tables import services
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
)
from tests.shared_data import shared_file

EXAMPLE = shared_file("dmn_originations_example.json")
pytestmark = pytest.mark.shared_data(EXAMPLE.name)

POLICIES = {("UNIQUE", None): "U", ("COLLECT", "SUM"): "C+", ("PRIORITY", None): "P"}


def tables(directory: str) -> dict[str, Table]:
    [example] = [e for e in json.loads(EXAMPLE.read_text()) if e["dir"].endswith(directory)]
    return {_name(source["decision"]): _table(source) for source in example["tables"]}


def cases(directory: str) -> list[Any]:
    [example] = [e for e in json.loads(EXAMPLE.read_text()) if e["dir"].endswith(directory)]
    return list(example["cases"])


def _name(text: str) -> str:
    """Lower-case words; the two models spell the same names differently."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|\W+", "_", text).lower()
    return re.sub(r"_(rules|table|model)$", "", words)


def _table(source: Any) -> Table:
    columns = list(zip(*[rule["when"] for rule in source["rules"]], strict=True))
    outputs = [rule["then"][0] for rule in source["rules"]]
    return Table(
        _name(source["decision"]),
        HitPolicy(POLICIES[source["hitPolicy"], source["aggregation"]]),
        tuple(InputColumn(_name(n), _type(cells))
              for n, cells in zip(source["inputs"], columns, strict=True)),
        (OutputColumn("answer", _type(outputs), _allowed(source)),),
        tuple(Rule(tuple(r["when"]), tuple(r["then"])) for r in source["rules"]),
    )  # fmt: skip


def _allowed(source: Any) -> tuple[str, ...]:
    """In the order of importance."""
    if source["hitPolicy"] != "PRIORITY":
        return ()
    return tuple(text.strip().strip('"') for text in source["outputs"][0]["values"].split(","))


def _type(cells: Any) -> FeelType:
    written = " ".join(cells)
    if '"' in written:
        return FeelType.STRING
    return FeelType.BOOLEAN if "true" in written or "false" in written else FeelType.NUMBER


def answer(known: dict[str, Table], name: str, **facts: Any) -> Any:
    outcome = services.compile_model(Model((known[name],))).evaluate(facts)[name]
    return outcome.result if name == "application_risk_score" else outcome.result["answer"]


def test_every_table_of_both_models_passes_the_checks() -> None:
    for directory in ("0087-chapter-11-example", "0004-lending"):
        known = tables(directory)
        assert len(known) == 8
        for table in known.values():
            assert services.check_model(Model((table,))) == (), table.name


def test_the_chapter_11_applicant_is_accepted_without_a_bureau_call() -> None:
    known = tables("0087-chapter-11-example")
    expected: dict[str, Any] = {}
    for case in cases("0087-chapter-11-example")[:7]:  # all about one applicant
        expected |= case["expected"]
    person = cases("0087-chapter-11-example")[0]["inputs"]["Applicant data"]

    score = answer(
        known, "application_risk_score", age=int(person["Age"]),
        marital_status=person["MartitalStatus"], employment_status=person["EmploymentStatus"],
    )  # fmt: skip
    assert score == Decimal(expected["Application risk score"]) == 138
    risk = answer(
        known,
        "pre_bureau_risk_category",
        existing_customer=person["ExistingCustomer"],
        application_risk_score=score,
    )
    assert risk == expected["Pre-bureau risk category"] == "VERY LOW"
    call = answer(known, "bureau_call_type", pre_bureau_risk_category=risk)
    assert call == expected["Bureau call type"] == "NONE"
    eligibility = answer(
        known, "eligibility", pre_bureau_risk_category=risk, pre_bureau_affordability=True, age=51
    )
    assert eligibility == expected["Eligibility"] == "ELIGIBLE"
    strategy = answer(known, "strategy", eligibility=eligibility, bureau_call_type=call)
    assert strategy == expected["Strategy"] == "THROUGH"
    post = answer(
        known,
        "post_bureau_risk_category",
        existing_customer=False,
        application_risk_score=score,
        credit_score=600,
    )
    routing = answer(
        known,
        "routing",
        post_bureau_risk_category=post,
        post_bureau_affordability=expected["Post-bureau affordability"],
        bankrupt=False,
        credit_score=600,
    )
    assert routing == expected["Routing"] == "ACCEPT"


def test_the_lending_applicant_is_accepted_after_a_small_bureau_call() -> None:
    known = tables("0004-lending")
    [case] = cases("0004-lending")
    expected, person = case["expected"], case["inputs"]["ApplicantData"]

    score = answer(
        known, "application_risk_score", age=int(person["Age"]),
        marital_status=person["MaritalStatus"], employment_status=person["EmploymentStatus"],
    )  # fmt: skip
    assert score == Decimal(expected["ApplicationRiskScore"]) == 130
    risk = answer(
        known, "pre_bureau_risk_category", existing_customer=True, application_risk_score=score
    )
    assert risk == expected["Pre-bureauRiskCategory"] == "LOW"
    call = answer(known, "bureau_call_type", pre_bureau_risk_category=risk)
    assert call == expected["BureauCallType"] == "MINI"
    eligibility = answer(
        known,
        "eligibility",
        pre_bureau_risk_category=risk,
        pre_bureau_affordability=expected["Pre-bureauAffordability"],
        age=35,
    )
    assert eligibility == expected["Eligibility"] == "ELIGIBLE"
    strategy = answer(known, "strategy", eligibility=eligibility, bureau_call_type=call)
    assert strategy == expected["Strategy"] == "BUREAU"
    post = answer(
        known,
        "post_bureau_risk_category",
        existing_customer=True,
        application_risk_score=score,
        credit_score=649,
    )
    assert post == expected["Post-bureauRiskCategory"] == "LOW"
    routing = answer(
        known,
        "routing",
        post_bureau_risk_category=post,
        post_bureau_affordability=expected["Post-bureauAffordability"],
        bankrupt=False,
        credit_score=649,
    )
    assert routing == expected["Routing"] == "ACCEPT"


def test_the_published_gap_at_130_points_is_answered_with_nothing() -> None:
    """[120..130) and > 130 leave 130 itself out for new customers: null, as the standard says."""
    known = tables("0004-lending")
    model = services.compile_model(Model((known["pre_bureau_risk_category"],)))
    outcome = model.evaluate({"existing_customer": False, "application_risk_score": 130})
    assert outcome["pre_bureau_risk_category"].result is None
