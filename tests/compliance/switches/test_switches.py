"""Turning switches on, releasing them, and what the database refuses."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.access import queries as access
from accounts.access.facts import Cause, EffectiveAccess, State
from accounts.access.models import Access
from accounts.access.rules import Derived, derive, masked
from backoffice.lib.errors import Conflict, Invalid, Missing, Refused
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.reasons.models import Reason
from compliance.switches import queries, services
from compliance.switches.facts import Effect, Kind, is_scope, scopes_over
from compliance.switches.models import Switch
from tests.accounts.access.conftest import TERMS, Account
from tests.lender import AT, Lender

OFFICER = staff(3)
PRODUCT = "product:flex-credit"


def turn_on(**given: Any) -> str:
    usual: dict[str, Any] = {
        "scope": "platform", "kind": Kind.EMERGENCY, "effect": Effect.CLOSED,
        "reason_code": "EMERGENCY_STOP", "note": "bureau feed is wrong", "actor": OFFICER, "at": AT,
    }  # fmt: skip
    return services.turn_on(**{**usual, **given})


def release(public_id: str, note: str = "repaired", at: dt.datetime = AT) -> None:
    services.release(public_id=public_id, note=note, actor=OFFICER, at=at)


def shown(account: Account) -> EffectiveAccess:
    return access.effective(
        customer_id=account.access.customer_id, product=access.product(code="flex-credit"),
        language="en",
    )  # fmt: skip


def test_a_switch_is_a_row_with_its_reason_and_a_ledger_entry(lender: Lender) -> None:
    public_id = turn_on(note=" bureau feed is wrong ", expected_end_at=AT + dt.timedelta(hours=2))
    row = Switch.objects.get()
    assert (row.public_id, row.scope, row.kind, row.effect) == (
        public_id, "platform", "emergency", "CLOSED",
    )  # fmt: skip
    assert (row.note, row.turned_on_by, row.turned_on_at) == ("bureau feed is wrong", "staff:3", AT)
    later = AT + dt.timedelta(hours=1)
    release(public_id, at=later)
    row.refresh_from_db()
    assert (row.released_at, row.released_by, row.release_note) == (later, "staff:3", "repaired")
    entries = LedgerEntry.objects.filter(subject_kind="switch", subject_id=public_id)
    assert list(entries.order_by("id").values_list("action", "reason")) == [
        ("switch.turned_on", "bureau feed is wrong"), ("switch.released", "repaired"),
    ]  # fmt: skip


REFUSED: list[tuple[dict[str, Any], type[Refused], str]] = [
    ({"note": " "}, Invalid, "note_required"),
    ({"scope": "product:Flex"}, Invalid, "scope_unknown"),
    ({"scope": "plattform"}, Invalid, "scope_unknown"),
    ({"scope": ""}, Invalid, "scope_unknown"),
    ({"limit_cents": 5}, Invalid, "limit_not_applicable"),
    ({"effect": Effect.LIMITED, "limit_cents": -5}, Invalid, "limit_negative"),
    ({"expected_end_at": AT}, Invalid, "end_in_past"),
    ({"reason_code": "NO_SUCH"}, Missing, "reason_unknown"),
    ({"reason_code": "POLICY_CHANGED"}, Missing, "reason_unknown"),  # retired below
]


@pytest.mark.parametrize(("given", "error", "code"), REFUSED)
def test_an_impossible_switch_is_refused_and_writes_nothing(
    lender: Lender, given: dict[str, Any], error: type[Refused], code: str
) -> None:
    Reason.objects.filter(code="POLICY_CHANGED").update(is_active=False)
    before = LedgerEntry.objects.count()
    with pytest.raises(error) as refused:
        turn_on(**given)
    assert refused.value.code == code
    assert (Switch.objects.count(), LedgerEntry.objects.count()) == (0, before)


def test_one_switch_is_on_per_scope_and_kind(lender: Lender) -> None:
    first = turn_on()
    turn_on(kind=Kind.MAINTENANCE)
    turn_on(scope=PRODUCT)
    before = LedgerEntry.objects.count()
    with pytest.raises(Conflict) as refused:
        turn_on(effect=Effect.LIMITED)
    assert refused.value.code == "switch_already_on"
    assert (Switch.objects.count(), LedgerEntry.objects.count()) == (3, before)
    release(first)
    turn_on()


def test_releasing_twice_without_a_note_or_nothing_is_refused(lender: Lender) -> None:
    public_id = turn_on()
    with pytest.raises(Invalid):
        release(public_id, note="")
    release(public_id)
    before = LedgerEntry.objects.count()
    with pytest.raises(Conflict) as twice:
        release(public_id)
    with pytest.raises(Missing):
        release("swi_unknown")
    assert twice.value.code == "switch_already_released"
    assert LedgerEntry.objects.count() == before


def test_a_release_never_lies_before_its_start(lender: Lender) -> None:
    """Two hosts' clocks differ."""
    release(turn_on(), at=AT - dt.timedelta(seconds=2))
    assert Switch.objects.get().released_at == AT


UPDATE = "UPDATE compliance_switch SET "


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("DELETE FROM compliance_switch", "pgtrigger: Cannot delete"),
        *[
            (UPDATE + change, "pgtrigger: Cannot update")
            for change in (
                "scope = 'product:other'", "kind = 'regulator'", "effect = 'LIMITED'",
                "limit_cents = 7", "reason_id = reason_id + 1", "note = 'another'",
                "turned_on_at = turned_on_at - interval '1 day'", "turned_on_by = 'staff:9'",
                "public_id = 'swi_other'",
            )
        ],
        (UPDATE + "released_at = turned_on_at - interval '1 s', release_note = 'x'",
         "switch_release_complete"),
        (UPDATE + "released_at = turned_on_at", "switch_release_complete"),
        *[
            ("INSERT INTO compliance_switch SELECT (jsonb_populate_record(s, "
             f"'{{\"id\": 99, \"public_id\": \"swi_2\", {change}}}')).* FROM compliance_switch s",
             name)
            for change, name in (
                ('"note": "x"', "switch_one_on_per_scope_and_kind"),
                ('"kind": "whim"', "switch_kind_known"),
                ('"kind": "regulator", "effect": "OPEN"', "switch_effect_known"),
                ('"kind": "regulator", "limit_cents": 5', "switch_limit_only_when_limited"),
                ('"kind": "regulator", "note": ""', "switch_note_given"),
            )
        ],
    ],
)  # fmt: skip
def test_the_database_refuses(lender: Lender, statement: str, refusal: str) -> None:
    turn_on()
    before = list(Switch.objects.values_list())
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(Switch.objects.values_list()) == before


@pytest.mark.parametrize(
    "change",
    ["released_at = NULL, release_note = ''", "released_by = 'staff:9'", "release_note = 'x'"],
)
def test_what_was_released_stays_released(lender: Lender, change: str) -> None:
    release(turn_on())
    before = list(Switch.objects.values_list())
    with (
        pytest.raises(DatabaseError, match="pgtrigger: Cannot update"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(UPDATE + change)
    assert list(Switch.objects.values_list()) == before


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("platform", True), ("product:flex-credit", True), ("product:a1", True),
        ("product:", False), ("product:a", False), ("product:A-b", False),
        ("product:a_b", False), ("platform ", False), ("product:ab\n", False),
        ("product:" + "a" * 40, True), ("product:" + "a" * 41, False),
    ],
)  # fmt: skip
def test_a_scope_is_the_platform_or_a_product_code(text: str, is_one: bool) -> None:
    assert is_scope(text) is is_one


def test_an_emergency_is_said_before_a_regulator_and_both_before_maintenance(
    lender: Lender,
) -> None:
    turn_on(kind=Kind.MAINTENANCE, reason_code="SYSTEM_MAINTENANCE")
    turn_on(kind=Kind.REGULATOR, reason_code="REGULATOR_ORDER", scope=PRODUCT,
            effect=Effect.LIMITED, limit_cents=700)  # fmt: skip
    turn_on(scope="product:another")
    turn_on(effect=Effect.LIMITED, limit_cents=900)
    mask = queries.mask(scopes=scopes_over("flex-credit"))
    assert mask.reason_codes == ("EMERGENCY_STOP", "REGULATOR_ORDER", "SYSTEM_MAINTENANCE")
    assert (mask.effect, mask.limit_cents) == (Effect.CLOSED, 700)
    release(Switch.objects.get(kind="maintenance").public_id)
    mask = queries.mask(scopes=scopes_over("flex-credit"))
    assert (mask.effect, mask.limit_cents) == (Effect.LIMITED, 700)


def test_a_switch_changes_no_stored_access_and_tells_nobody(account: Account) -> None:
    account.decide()
    before = list(Access.objects.values_list())
    public_id = turn_on()
    assert shown(account).state is State.CLOSED
    assert list(Access.objects.values_list()) == before
    release(public_id)
    assert list(Access.objects.values_list()) == before
    assert shown(account).state is State.OPEN


def test_a_decision_under_a_switch_stores_the_truth_and_tells_the_mask(account: Account) -> None:
    public_id = turn_on(scope=PRODUCT)
    change = account.decide()
    assert (change.after, change.effective) == (State.OPEN, State.CLOSED)
    assert change.reason_codes == ("EMERGENCY_STOP",)
    assert account.state == ("OPEN", 2_000_000, [])
    release(public_id)
    assert (shown(account).state, shown(account).limit_cents) == (State.OPEN, 2_000_000)


SWITCHES = [
    (scope, kind, effect, cap)
    for scope in ("platform", PRODUCT, "product:another")
    for kind in Kind
    for effect, cap in ((Effect.CLOSED, None), (Effect.LIMITED, 300), (Effect.LIMITED, None))
]
CAUSES = [
    Cause("SCORE_TOO_LOW", State.CLOSED),
    Cause("PAYMENT_LATE", State.LIMITED, 500_000),
    Cause("UTILISATION_HIGH", State.LIMITED),
]


def test_any_sequence_of_switches_decisions_and_restrictions_follows_the_simple_model(
    account: Account,
) -> None:
    """The model: a set of policy causes, a set of operator's causes, a set of switches.

    What is stored follows from the first two alone; what is effective is that, masked.
    """
    luck = random.Random(20260601)
    policy: set[Cause] = set()
    operator: dict[str, Cause] = {}
    on: dict[tuple[str, Kind], str] = {}
    account.decide()
    for step in range(150):
        verb = luck.randrange(4)
        if verb == 0:
            policy = set(luck.sample(CAUSES, luck.randrange(3)))
            account.decide(*policy, number=step + 2)
        elif verb == 1 and len(operator) < 2:
            cause = luck.choice([Cause("OPERATOR_REVIEW", State.CLOSED),
                                 Cause("REGULATOR_ORDER", State.LIMITED, 200)])  # fmt: skip
            if cause not in operator.values():
                operator[account.restrict(cause.reason_code, cause.effect, cause.limit_cents)] = (
                    cause
                )
        elif verb == 2 and operator:
            public_id = luck.choice(list(operator))
            account.lift(public_id)
            del operator[public_id]
        else:
            scope, kind, effect, cap = luck.choice(SWITCHES)
            if (scope, kind) in on:
                release(on.pop((scope, kind)))
            else:
                on[scope, kind] = turn_on(scope=scope, kind=kind, effect=effect, limit_cents=cap)
        stored = derive(causes=[*policy, *operator.values()], terms=TERMS)
        assert account.state == (stored.state, stored.limit_cents, list(stored.reason_codes))
        mask = queries.mask(scopes=scopes_over("flex-credit"))
        assert {s.public_id for s in mask.switches} == {
            public_id for (scope, _kind), public_id in on.items() if scope != "product:another"
        }
        now = shown(account)
        expected = masked(stored, mask)
        assert (now.state, now.limit_cents) == (expected.state, expected.limit_cents)
        assert {r.code for r in now.reasons} == set(expected.reason_codes)
        assert now.state.severity >= stored.state.severity
    for public_id in on.values():
        release(public_id)
    now = shown(account)
    assert Derived(now.state, now.limit_cents, tuple(account.access.reason_codes)) == derive(
        causes=[*policy, *operator.values()], terms=TERMS
    )


def test_the_whole_mask_is_one_query(lender: Lender, django_assert_num_queries: Any) -> None:
    turn_on()
    turn_on(scope=PRODUCT)
    with django_assert_num_queries(1):
        assert len(queries.mask(scopes=scopes_over("flex-credit")).switches) == 2
