"""What is written to the ledger can be read by people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from compliance.ledger.words import ACTIONS, actor_words, detail_words
from tests.house import code

ROOMS = {action.partition(".")[0] for action in ACTIONS}
NO_ACTIONS = {
    "staff.second_factor", "signals.observed_at", "demo.servers", "demo.pids", "demo.lock",
    "customer.id",
}  # fmt: skip
SHAPE = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")


def recorded() -> Iterator[str]:
    """Every text in the product that has the shape of an action."""
    for path in code.product():
        if path.stem == "words" or "migrations" in path.parts:
            continue
        for node in ast.walk(code.tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_action = SHAPE.fullmatch(node.value) and node.value.split(".")[0] in ROOMS
                if is_action and node.value not in NO_ACTIONS:
                    yield node.value


def test_every_action_recorded_has_its_words() -> None:
    actions = set(recorded())
    assert actions - set(ACTIONS) == set()
    assert len(actions) > 40


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"from": "OPEN", "to": "LIMITED", "effective": "LIMITED"}, "open → limited"),
        ({"from": "OPEN", "to": "OPEN", "effective": "CLOSED"}, "open · effective: closed"),
        ({"to": "OPEN", "effective": "OPEN", "product": "flex"}, "open · product: flex"),
        ({"method": "id_document", "check": "chk_1"}, "method: identity document"),
        ({"fields": ["phone", "email"]}, "fields: phone, e-mail"),
        ({"signals": ["a", "b", "c", "d"]}, "signals: 4"),
        ({"reason_code": "R1"}, "reason: Late"),
        ({"changes": {"max": ["1", "x" * 30]}}, f"max: 1 → {'x' * 24}…"),
        ({"hash": "abc", "status": ""}, ""),
    ],
)  # fmt: skip
def test_details_are_said_in_words(detail: dict[str, object], words: str) -> None:
    with translation.override("en"):
        assert detail_words(detail, {"R1": "Late"}) == words


def test_an_actor_is_a_person_a_client_or_a_part_of_the_system() -> None:
    with translation.override("en"):
        assert actor_words("staff:3", {"staff:3": "Lin"}) == "Lin"
        assert actor_words("staff:3", {}) == "staff 3"
        assert actor_words("system:access", {}) == "system · automatic expiry"
