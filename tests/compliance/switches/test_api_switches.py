"""Switches over the API: read, never turned."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.ledger.facts import system
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from tests.api_client import LenderApp
from tests.lender import AT, Lender
from tests.problems import faults, problem


@pytest.fixture
def app(lender: Lender) -> LenderApp:
    return LenderApp()


def switch_on(scope: str, **given: Any) -> str:
    return switches.turn_on(
        **{
            "scope": scope, "kind": Kind.EMERGENCY, "effect": Effect.CLOSED,
            "reason_code": "EMERGENCY_STOP", "note": "the feed is wrong", "actor": system("test"),
            "at": AT, **given,
        }
    )  # fmt: skip


def test_a_switch_tells_what_it_does_and_not_what_staff_wrote(app: LenderApp) -> None:
    switch = switch_on("platform")
    answer = app.get(f"switches/{switch}")
    shown = {
        "id": switch, "scope": "platform", "kind": "emergency", "effect": "CLOSED",
        "limit_cents": None, "reason_code": "EMERGENCY_STOP",
        "turned_on_at": "2026-06-01T04:00:00Z", "expected_end_at": None, "released_at": None,
    }  # fmt: skip
    assert answer.json() == shown
    assert app.get("switches").json() == {"items": [shown], "next": None}
    assert "the feed is wrong" not in answer.content.decode()
    switches.release(public_id=switch, note="repaired", actor=system("test"), at=AT)
    assert app.get(f"switches/{switch}").json() == {
        **shown, "released_at": "2026-06-01T04:00:00Z",
    }  # fmt: skip


def test_switches_are_filtered_by_scope_and_whether_they_are_on(app: LenderApp) -> None:
    over = switch_on("platform")
    switches.release(public_id=over, note="over", actor=system("test"), at=AT)
    on = switch_on("platform", effect=Effect.LIMITED, limit_cents=100)
    other = switch_on("product:flex-credit")

    def listed(**query: str) -> list[str]:
        return [row["id"] for row in app.get("switches", **query).json()["items"]]

    assert listed() == [other, on, over]
    assert listed(is_on="true") == [other, on]
    assert listed(is_on="false") == [over]
    assert listed(scope="platform") == [on, over]
    assert listed(scope="platform", is_on="true") == [on]
    assert faults(app.get("switches", is_on="1"), 400, "bad_filter") == {"/is_on": "invalid"}


def test_an_unknown_switch_is_404(app: LenderApp) -> None:
    problem(app.get("switches/swi_nothing"), 404, "switch_unknown")


def test_nobody_turns_a_switch_over_the_api(app: LenderApp) -> None:
    switch = switch_on("platform")
    for path in ("switches", f"switches/{switch}"):
        problem(app.post(path, {"scope": "platform"}), 405, "method_not_allowed")


def test_a_list_takes_two_queries_however_many_switches(
    app: LenderApp, django_assert_num_queries: Any
) -> None:
    for kind in Kind:
        switch_on("platform", kind=kind)
    with django_assert_num_queries(2):
        assert len(app.get("switches").json()["items"]) == 3
