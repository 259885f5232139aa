"""What every door of the API refuses alike, and that a refusal writes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from backoffice.api.scopes import SCOPES
from backoffice.lib import ids
from compliance.notices.models import Notice
from tests.api_client import LenderApp
from tests.lender import Lender
from tests.problems import faults, problem
from tests.snapshots import nothing_written

NOW = "2026-06-01T04:00:00Z"
SECRETS = ("张小明", "11010519491231002X", "13812345678", "z@example.com")


@dataclass(frozen=True)
class Door:
    """One operation: `{customer}` and `{notice}` in the path stand for real ones."""

    path: str
    scope: str
    body: dict[str, Any] | None = None  # None: a GET
    misspelt: tuple[str, str] = ("", "")  # (as written, what was meant)

    @property
    def is_post(self) -> bool:
        return self.body is not None

    def __str__(self) -> str:
        return f"{'POST' if self.is_post else 'GET'} {self.path}"


CREATES = [
    Door(
        "customers", "customers:write",
        {"reference": "N-1", "legal_name": "张小明", "id_number": "11010519491231002X",
         "phone": "13812345678", "email": "z@example.com"}, ("legal_nmae", "legal_name"),
    ),
    Door(
        "customers/{customer}/consents", "customers:write",
        {"purpose": "marketing", "document_version": "1"}, ("purpos", "purpose"),
    ),
    Door(
        "customers/{customer}/consent-withdrawals", "customers:write",
        {"purpose": "credit_decision"}, ("pupose", "purpose"),
    ),
    Door(
        "customers/{customer}/identity-verifications", "verifications:write",
        {"method": "face", "result": "passed", "performed_at": NOW},
        ("performedat", "performed_at"),
    ),
    Door(
        "customers/{customer}/bureau-records", "verifications:write",
        {"bureau": "pboc", "legal_name": "张小明", "phone": "13812345678", "reported_at": NOW},
        ("id_numer", "id_number"),
    ),
    Door(
        "customers/{customer}/inquiries", "verifications:write", {"kind": "identity"},
        ("knd", "kind"),
    ),
    Door(
        "customers/{customer}/signals", "customers:write",
        {"observed_at": NOW, "values": {"score": 700}}, ("observed_On", "observed_at"),
    ),
    Door(
        "decisions", "decisions:write",
        {"customer_id": "{customer}", "product": "flex-credit"}, ("custmer_id", "customer_id"),
    ),
]  # fmt: skip
MARK_READ = Door("customers/{customer}/notices/{notice}/read", "notices:write", {})
REPORT = Door(
    "events", "events:write",
    {"events": [
        {"event_id": "E-1", "kind": "refusal", "customer_id": "{customer}", "occurred_at": NOW}
    ]}, ("evens", "events"),
)  # fmt: skip
READS = [
    Door("customers", "customers:read"),
    Door("customers/{customer}", "customers:read"),
    Door("customers/{customer}/consents", "customers:read"),
    Door("customers/{customer}/identity-verifications", "verifications:read"),
    Door("customers/{customer}/bureau-records", "verifications:read"),
    Door("customers/{customer}/inquiries", "verifications:read"),
    Door("customers/{customer}/verification", "verifications:read"),
    Door("customers/{customer}/signals", "customers:read"),
    Door("customers/{customer}/events", "events:read"),
    Door("customers/{customer}/access", "access:read"),
    Door("customers/{customer}/access/flex-credit", "access:read"),
    Door("customers/{customer}/notices", "notices:read"),
    Door("signals", "customers:read"),
    Door("decisions", "decisions:read"),
    Door("decisions/{decision}", "decisions:read"),
    Door("products", "products:read"),
    Door("products/flex-credit", "products:read"),
    Door("reasons", "reasons:read"),
    Door("reasons/PHONE_MISMATCH", "reasons:read"),
    Door("switches", "switches:read"),
]
ALL = [*READS, *CREATES, MARK_READ, REPORT]
OF_A_CUSTOMER = [door for door in ALL if "{customer}" in door.path]


@dataclass
class Desk:
    """One customer with a decision, and an app to ask about them with."""

    app: LenderApp
    names: dict[str, str]

    def ask(self, door: Door, **changed: Any) -> Any:
        app = changed.get("app", self.app)
        names = {**self.names, **changed.get("names", {})}
        path = self.filled(door.path, names)
        if not door.is_post:
            return app.get(path)
        body = changed.get("body", self.filled(json.dumps(door.body), names))
        return app.post(path, body, key=changed.get("key"))

    def body(self, door: Door) -> dict[str, Any]:
        return json.loads(self.filled(json.dumps(door.body), self.names))  # type: ignore[no-any-return]

    @staticmethod
    def filled(text: str, names: dict[str, str]) -> str:
        for name, value in names.items():
            text = text.replace("{" + name + "}", value)
        return text


@pytest.fixture
def desk(lender: Lender, settings: Any) -> Desk:
    settings.IDENTITY_URL = "http://identity.example"  # somebody to ask; nobody calls
    customer = lender.customer()
    decided = lender.decide(customer)
    app = LenderApp()
    app.post(
        f"customers/{customer}/consents", {"purpose": "credit_decision", "document_version": "1"}
    )
    notice = Notice.objects.get().public_id
    return Desk(app, {"customer": customer, "decision": decided.public_id, "notice": notice})


def test_the_list_of_doors_is_complete() -> None:
    from tests.house.test_api_routes import API, PUBLIC

    methods = {
        (method, path.removeprefix("/api/v1/"))
        for path, entry in API
        if path not in PUBLIC
        for method in entry.callback.cls.required_scopes
    }
    # Switches by id have their own test: the desk has none on.
    assert len(methods) == len(ALL) + 1


@pytest.mark.parametrize("door", ALL, ids=str)
def test_the_door_opens_to_its_scope_and_to_no_other(desk: Desk, door: Door) -> None:
    others = LenderApp(scopes=[scope for scope in SCOPES if scope != door.scope])
    with nothing_written():
        problem(desk.ask(door, app=others), 403, "insufficient_scope")
    answer = desk.ask(door, app=LenderApp(scopes=[door.scope]))
    assert answer.status_code in (200, 201, 202), answer.content
    shown = answer.content.decode()
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize("door", CREATES, ids=str)
def test_a_create_needs_a_key_repeats_its_answer_and_holds_to_its_body(
    desk: Desk, door: Door
) -> None:
    with nothing_written():
        problem(desk.ask(door, key=""), 400, "idempotency_key_required")
    first = desk.ask(door, key="k-1")
    with nothing_written():
        again = desk.ask(door, key="k-1")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again["Idempotency-Replayed"] == "true"
        changed = {**desk.body(door), "more": 1}
        reused = desk.ask(door, key="k-1", body=changed)
        assert reused.status_code == 422


def test_a_write_takes_no_query_parameters(desk: Desk) -> None:
    """`?dry_run=true` must not be done for real."""
    for door in (*CREATES, MARK_READ, REPORT):
        path = desk.filled(door.path, desk.names)
        with nothing_written():
            answer = desk.app.post(f"{path}?dry_run=true", desk.body(door))
        assert faults(answer, 400, "bad_filter") == {"/dry_run": "unknown_parameter"}, door


@pytest.mark.parametrize("door", CREATES, ids=str)
def test_a_misspelt_field_is_refused_with_the_likely_name(desk: Desk, door: Door) -> None:
    wrong, meant = door.misspelt
    with nothing_written():
        answer = desk.ask(door, body={**desk.body(door), wrong: "张小明"})
        body = problem(answer, 422, "invalid")
    assert {
        "pointer": f"/{wrong}",
        "code": "unknown_field",
        "detail": f"Unknown field. Did you mean {meant}?",
    } in body["errors"]
    assert "张小明" not in answer.content.decode()


@pytest.mark.parametrize("door", CREATES, ids=str)
def test_wrong_types_are_refused_field_by_field(desk: Desk, door: Door) -> None:
    good = desk.body(door)
    for name in good:
        for value in (1.5, True, [], {"a": 1}, [None], 10**30, "\x00", "\ud800"):
            with nothing_written():
                answer = desk.ask(door, body={**good, name: value})
                assert any(pointer.startswith(f"/{name}") for pointer in faults(answer)), value


@pytest.mark.parametrize("door", CREATES, ids=str)
def test_broken_bodies_are_refused(desk: Desk, door: Door) -> None:
    good = json.dumps(desk.body(door), ensure_ascii=False)
    first = next(iter(desk.body(door)))
    broken = [
        good[:-1] + ', "x": NaN}', good[:-1] + ', "x": -Infinity}', good[:-1] + ', "x": 1e400}',
        good[:-1] + f', "{first}": "again"}}', good[:-1], f"[{good}]", good.encode("utf-16"),
        good[:-1].encode() + b', "x": "\xd5\xc5"}',
    ]  # fmt: skip
    with nothing_written():
        for body in broken:
            answer = desk.ask(door, body=body)
            problem(answer, 400, "parse_error")
            assert [secret for secret in SECRETS if secret in answer.content.decode()] == []


def test_a_byte_order_mark_does_no_harm(desk: Desk) -> None:
    for door in CREATES:
        body = json.dumps(desk.body(door), ensure_ascii=False).encode("utf-8-sig")
        assert desk.ask(door, body=body).status_code in (201, 202), door


def test_what_is_required_is_named_when_it_is_not_there(desk: Desk) -> None:
    for door in CREATES:
        with nothing_written():
            found = faults(desk.ask(door, body={}))
        assert set(found.values()) == {"required"}, door
        assert {pointer.strip("/") for pointer in found} <= set(desk.body(door)), door


def test_null_is_refused_where_a_value_is_needed(desk: Desk) -> None:
    for door in CREATES:
        nulls = dict.fromkeys(desk.body(door))
        with nothing_written():
            found = faults(desk.ask(door, body=nulls))
        assert set(found.values()) == {"null"}, door


STRANGERS = {
    "unknown": ids.opaque("cus"), "foreign": ids.opaque("dec"), "number": "1", "name": "张小明",
    "long": "x" * 300, "nul": "cus_%00", "dots": "..%2F..", "quote": "'--",
}  # fmt: skip


@pytest.mark.parametrize("door", OF_A_CUSTOMER, ids=str)
def test_a_customer_that_does_not_exist_is_404(desk: Desk, door: Door) -> None:
    for kind, stranger in STRANGERS.items():
        with nothing_written():
            answer = desk.ask(door, names={"customer": stranger})
        assert (kind, answer.status_code) == (kind, 404)
        assert answer["Content-Type"] == "application/problem+json"
        assert stranger not in answer.content.decode()


def test_marking_as_read_takes_no_fields(desk: Desk) -> None:
    with nothing_written():
        assert faults(desk.ask(MARK_READ, body={"is_read": False})) == {"/is_read": "unknown_field"}
        problem(desk.ask(MARK_READ, body="{"), 400, "parse_error")


LISTS = [
    "customers", "customers/{customer}/consents", "customers/{customer}/identity-verifications",
    "customers/{customer}/bureau-records", "customers/{customer}/inquiries",
    "customers/{customer}/notices", "decisions", "products", "reasons", "switches",
]  # fmt: skip


def test_every_list_is_paged_and_refuses_parameters_it_does_not_know(desk: Desk) -> None:
    for path in (desk.filled(path, desk.names) for path in LISTS):
        assert set(desk.app.get(path, limit="1").json()) == {"items", "next"}
        assert faults(desk.app.get(path, refrence="1"), 400, "bad_filter") == {
            "/refrence": "unknown_parameter"
        }
        problem(desk.app.get(path, limit="0"), 400, "bad_limit")
        problem(desk.app.get(path, cursor="x"), 400, "bad_cursor")
