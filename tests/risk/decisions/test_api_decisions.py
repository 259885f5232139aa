"""Asking for decisions and reading them over the API."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

import pytest
from django.db import connection

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from accounts.access.models import Access, Product
from accounts.customers import queries as customers
from backoffice.lib import clock, ids
from compliance.ledger.facts import system
from compliance.notices.models import Notice
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from risk.decisions.models import Decision
from risk.policies.models import PolicyVersion
from risk.signals import services as signals
from tests.api_client import LenderApp
from tests.lender import AT, Lender
from tests.problems import faults, problem
from tests.snapshots import nothing_written

TERMS = {
    "currency": "CNY", "limit_cents": 20_000_000, "annual_rate": "0.07200", "max_term_months": 12,
}  # fmt: skip


@pytest.fixture
def app(lender: Lender, still: dt.datetime) -> LenderApp:
    return LenderApp()


def asked(customer: str, **changed: Any) -> dict[str, Any]:
    return {"customer_id": customer, "product": "flex-credit", **changed}


def live_hash() -> str:
    return PolicyVersion.objects.get(status="live").content_hash


def test_a_decision_answers_what_may_be_used_on_what_terms(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    answer = app.post("decisions", asked(customer))
    decision = Decision.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": decision.public_id, "customer_id": customer, "product": "flex-credit",
            "state": "OPEN", "terms": TERMS, "reasons": [],
            "policy": {
                "hash": live_hash(), "state": "OPEN", "limit_cents": 20_000_000,
                "reason_codes": [],
            },
            "decided_at": "2026-06-01T04:00:00Z",
        },
    )  # fmt: skip
    assert (decision.trigger, decision.actor) == ("request", f"client:{app.client.id}")
    assert app.get("decisions").json() == {"items": [answer.json()], "next": None}


def test_one_decision_is_read_with_the_facts_it_saw_and_its_trace(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer(score=600, applications_30d=None)
    created = app.post("decisions", asked(customer)).json()
    body = app.get(f"decisions/{created['id']}").json()
    facts, trace = body.pop("facts"), body.pop("trace")
    assert body == created
    assert (body["state"], body["terms"]["limit_cents"]) == ("LIMITED", 1_000_000)
    assert [reason["code"] for reason in body["reasons"]] == ["SCORE_TOO_LOW"]
    assert body["reasons"][0]["remedy"].startswith("Paying on time")
    assert facts["at"] == "2026-06-01T04:00:00+00:00"
    assert (facts["signals"]["score"], facts["signals"]["applications_30d"]) == ("600", None)
    assert (facts["product"]["code"], facts["stale"]) == ("flex-credit", [])
    assert set(trace) == {"restrictions", "terms"}
    assert (trace["restrictions"]["fired"], trace["terms"]["fired"]) == ([6], [3, 4])
    assert facts == json.loads(Decision.objects.get().facts)


def test_under_a_switch_the_answer_is_what_is_effective_and_the_policys_word_stands_beside_it(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer(months_late_now=1)
    switches.turn_on(
        scope="platform", kind=Kind.EMERGENCY, effect=Effect.CLOSED, reason_code="EMERGENCY_STOP",
        note="drill", actor=system("test"), at=AT,
    )  # fmt: skip
    body = app.post("decisions", asked(customer)).json()
    assert (body["state"], body["terms"]) == ("CLOSED", None)
    codes = [reason["code"] for reason in body["reasons"]]
    assert codes == ["EMERGENCY_STOP", "PAYMENT_LATE"]
    assert body["policy"] == {
        "hash": live_hash(), "state": "LIMITED", "limit_cents": 500_000,
        "reason_codes": ["PAYMENT_LATE"],
    }  # fmt: skip
    [switch] = app.get("switches").json()["items"]
    switches.release(public_id=switch["id"], note="over", actor=system("test"), at=AT)
    read = app.get(f"decisions/{body['id']}").json()
    assert {name: read[name] for name in body} == body  # what held then, not what holds now


def test_an_operators_cap_narrows_the_terms_of_the_answer(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    access.restrict(
        customer_public_id=customer, product_code="flex-credit", source=Source.OPERATOR,
        cause=Cause("OPERATOR_REVIEW", State.LIMITED, 900_000, None), note="new", at=AT,
        actor=system("test"),
    )  # fmt: skip
    body = app.post("decisions", asked(customer)).json()
    assert (body["state"], body["terms"]) == ("LIMITED", {**TERMS, "limit_cents": 900_000})
    assert body["policy"]["state"] == "OPEN"


def test_the_decision_and_access_say_the_same(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer(months_late_now=1)
    decided = app.post("decisions", asked(customer)).json()
    now = app.get(f"customers/{customer}/access/flex-credit").json()
    for name in ("state", "terms", "reasons"):
        assert decided[name] == now[name]
    assert now["decision_id"] == decided["id"]


def test_a_replay_repeats_the_first_answer_though_the_world_moved_on(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer()
    first = app.post("decisions", asked(customer), key="k-1")
    customer_id = Access.objects.get().customer_id
    signals.write(customer_id=customer_id, values={"score": 500}, observed_at=AT)
    with nothing_written():
        again = app.post("decisions", asked(customer), key="k-1")
    assert again.content == first.content
    assert app.post("decisions", asked(customer)).json()["state"] == "CLOSED"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"product": "nothing"}, 404, "customer_or_product_unknown"),
        ({"customer_id": ids.opaque("cus")}, 404, "customer_or_product_unknown"),
        ({"product": "retired"}, 409, "product_not_offered"),
        ({"product": "new"}, 503, "no_live_policy"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_leaves_nothing(
    lender: Lender, app: LenderApp, changed: dict[str, str], status: int, code: str
) -> None:
    for product_code, is_active in (("retired", False), ("new", True)):
        row = Product.objects.get(code="flex-credit")
        row.pk, row.code, row.is_active = None, product_code, is_active
        row.save(force_insert=True)
    customer = lender.customer()
    with nothing_written():
        answer = app.post("decisions", asked(customer, **changed))
        problem(answer, status, code)
    assert answer.get("Retry-After") == ("2" if status == 503 else None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"customer_id": "cus_1"}, "not_an_id"), ({"customer_id": ids.opaque("dec")}, "not_an_id"),
        ({"customer_id": 5}, "not_text"), ({"customer_id": None}, "null"),
        ({"product": ""}, "blank"), ({"product": "x" * 41}, "max_length"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused(
    lender: Lender, app: LenderApp, changed: dict[str, Any], code: str
) -> None:
    customer = lender.customer()
    with nothing_written():
        answer = app.post("decisions", asked(customer, **changed))
    assert faults(answer) == {f"/{next(iter(changed))}": code}


def test_a_list_is_chosen_by_customer_product_state_and_time(
    lender: Lender, app: LenderApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = lender.customer("C-1"), lender.customer("C-2", score=500)
    made = []
    for number, customer in enumerate((good, bad, good)):
        monkeypatch.setattr(clock, "now", lambda n=number: AT + dt.timedelta(hours=n))
        made.append(app.post("decisions", asked(customer)).json()["id"])
    one, two, three = made

    def listed(**query: str) -> list[str]:
        answer = app.get("decisions", **query)
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["items"]]

    assert listed() == [three, two, one]
    assert listed(customer_id=good) == [three, one]
    assert listed(customer_id=ids.opaque("cus")) == []
    assert listed(product="flex-credit", state="CLOSED") == [two]
    assert listed(product="other") == []
    assert listed(decided_from="2026-06-01T05:00:00Z") == [three, two]
    assert listed(decided_before="2026-06-01T13:00:00+08:00") == [one]
    assert listed(decided_from="2026-06-01T05:00:00Z", decided_before="2026-06-01T06:00:00Z") == [
        two
    ]
    page = app.get("decisions", customer_id=good, limit="1").json()
    assert [row["id"] for row in page["items"]] == [three]
    following = app.http.get(page["next"], headers=app.headers).json()
    assert ([row["id"] for row in following["items"]], following["next"]) == ([one], None)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("customer_id", "", "blank"), ("customer_id", "cus_1", "invalid"),
        ("customer_id", "张小明", "invalid"), ("state", "open", "invalid"),
        ("state", "null", "invalid"), ("decided_from", "yesterday", "invalid"),
        ("decided_from", "2026-06-01", "invalid"),
        ("decided_from", "0001-01-01T00:00:00Z", "invalid"),
        ("decided_from", "2026-06-01T04:00:00 08:00", "invalid"), ("product", "a\0", "invalid"),
        ("customer", "cus_1", "unknown_parameter"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_never_ignored(
    app: LenderApp, name: str, value: str, code: str
) -> None:
    assert faults(app.get("decisions", **{name: value}), 400, "bad_filter") == {f"/{name}": code}


def test_an_unknown_decision_is_404(app: LenderApp) -> None:
    problem(app.get(f"decisions/{ids.ordered('dec')}"), 404, "decision_unknown")


def test_queries_are_as_few_as_they_were(
    lender: Lender, app: LenderApp, django_assert_num_queries: Any
) -> None:
    customer = lender.customer(months_late_now=1)
    first = app.post("decisions", asked(customer)).json()["id"]
    # Who asks; begin, the key; nine to decide; the reasons; the answer kept, commit.
    with django_assert_num_queries(15):
        app.post("decisions", asked(customer))
    with django_assert_num_queries(3):  # who asks; the rows; the reasons of all of them
        assert len(app.get("decisions", customer_id=customer).json()["items"]) == 2
    with django_assert_num_queries(3):
        app.get(f"decisions/{first}")


def test_many_decisions_on_one_customer_at_once_leave_one_access_and_one_notice(
    lender_on_disk: Lender,
) -> None:
    app = LenderApp()
    customer = lender_on_disk.customer(months_late_now=1)
    signals.write(  # fresh by the real clock
        customer_id=customers.resolve_id(customer),
        values={"score": 720, "months_late_now": 1}, observed_at=clock.now(),
    )  # fmt: skip
    barrier = threading.Barrier(6)
    answers: list[Any] = []

    def ask() -> None:
        try:
            barrier.wait(10)
            answers.append(app.post("decisions", asked(customer)))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["state"] for answer in answers}) == 1
    assert Decision.objects.count() == 6
    assert Access.objects.count() == 1
    assert Notice.objects.count() == 1
