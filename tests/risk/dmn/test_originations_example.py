"""The two loan originations of the standard's own test kit, as whole models of our own making:
their tables become functions, and decisions use them, each other and the applicant's data."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from risk.dmn import services
from risk.dmn.facts import Model
from tests.risk.dmn.build import data, decision, knowledge, literal, load, table
from tests.shared_data import shared_file

EXAMPLE = shared_file("dmn_originations_example.json")
pytestmark = pytest.mark.shared_data(EXAMPLE.name)

INPUTS = ["person", "product", "bureau"]
AFFORDABLE = (
    "(person.Monthly.Income - (person.Monthly.Repayments + person.Monthly.Expenses))"
    " * credit contingency factor({risk}) > required monthly installment"
)
# Decision: what it says, the decisions and the tables it uses.
DECISIONS = {
    "application risk score": (
        "application risk score model(person.Age, person.{marital}, person.EmploymentStatus)",
        [], ["application risk score model"],
    ),
    "pre bureau risk category": (
        "pre bureau risk category table(person.ExistingCustomer, application risk score)",
        ["application risk score"], ["pre bureau risk category table"],
    ),
    "required monthly installment": (
        'if product.ProductType = "STANDARD LOAN" then 20 + instalment(product)'
        ' else if product.ProductType = "SPECIAL LOAN" then 25 + instalment(product) else null',
        [], ["instalment"],
    ),
    "pre bureau affordability": (
        AFFORDABLE.format(risk="pre bureau risk category"),
        ["pre bureau risk category", "required monthly installment"],
        ["credit contingency factor"],
    ),
    "bureau call type": (
        "bureau call type table(pre bureau risk category)",
        ["pre bureau risk category"], ["bureau call type table"],
    ),
    "eligibility": (
        "eligibility rules(pre bureau risk category, pre bureau affordability, person.Age)",
        ["pre bureau risk category", "pre bureau affordability"], ["eligibility rules"],
    ),
    "strategy": (
        "strategy table(eligibility, bureau call type)",
        ["eligibility", "bureau call type"], ["strategy table"],
    ),
    "post bureau risk category": (
        "post bureau risk category table(person.ExistingCustomer, application risk score, "
        "bureau.CreditScore)",
        ["application risk score"], ["post bureau risk category table"],
    ),
    "post bureau affordability": (
        AFFORDABLE.format(risk="post bureau risk category"),
        ["post bureau risk category", "required monthly installment"],
        ["credit contingency factor"],
    ),
    "routing": (
        "routing rules(post bureau risk category, post bureau affordability, bureau.Bankrupt, "
        "bureau.CreditScore)",
        ["post bureau risk category", "post bureau affordability"], ["routing rules"],
    ),
}  # fmt: skip
INSTALMENT = knowledge(
    "instalment",
    literal("p.Amount * p.Rate / 12 / (1 - (1 + p.Rate / 12) ** -p.Term)"),
    parameters=["p"],
)


def example(directory: str) -> Any:
    [found] = [one for one in json.loads(EXAMPLE.read_text()) if one["dir"].endswith(directory)]
    return found


def words(name: str) -> str:
    """The two models spell the same names differently."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|\W+", " ", name).lower()


def function(source: Any) -> str:
    name = words(source["decision"])
    name = {"strategy": "strategy table"}.get(name, name)
    name = name.replace("credit contingency factor table", "credit contingency factor")
    parameters = [words(one) for one in source["inputs"]]
    [output] = source["outputs"]
    body = table(
        *[(rule["when"], rule["then"]) for rule in source["rules"]],
        inputs=parameters, outputs=[("", "", output["values"] or "")],
        policy=source["hitPolicy"], aggregation=source["aggregation"] or "",
    )  # fmt: skip
    return knowledge(name, body, parameters=parameters)


def model_of(directory: str, marital: str) -> Model:
    functions = [function(one) for one in example(directory)["tables"]]
    decisions = [
        decision(name, literal(text.replace("{marital}", marital)), inputs=INPUTS,
                 decisions=uses, knowledge=calls)
        for name, (text, uses, calls) in DECISIONS.items()
    ]  # fmt: skip
    return load(*map(data, INPUTS), INSTALMENT, *functions, *decisions)


def check(directory: str, marital: str) -> int:
    model, checked = model_of(directory, marital), 0
    for case in example(directory)["cases"]:
        inputs = {words(name): value for name, value in case["inputs"].items()}
        given = services.json_from(
            json.dumps(
                {
                    "person": inputs["applicant data"],
                    "product": inputs["requested product"],
                    "bureau": inputs["bureau data"],
                }
            )
        )
        for name, expected in case["expected"].items():
            if words(name) not in DECISIONS:
                continue
            value = services.evaluate(model=model, decision=words(name), given=given)
            if isinstance(value, Decimal):
                assert value == pytest.approx(Decimal(str(expected)), rel=Decimal("1e-12")), name
            else:
                assert value == expected, name
            checked += 1
    return checked


def test_the_chapter_11_applicants_get_every_published_answer() -> None:
    assert check("0087-chapter-11-example", "MartitalStatus") == 9


def test_the_lending_applicant_gets_every_published_answer() -> None:
    assert check("0004-lending", "MaritalStatus") == 10
