"""Once turning a switch on has returned, no decision commits under the old state.

Writers decide without pause on connections of their own while a switch goes on and off. Each
decision notes its transaction id and which switch it saw; around every turn the database's own
snapshot says exactly which transactions had committed by then.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction

from accounts.access import services as access
from compliance.ledger.facts import system
from compliance.switches import services
from compliance.switches.facts import Effect, Kind
from tests.accounts.access.conftest import TERMS, Account, open_account
from tests.lender import AT
from tests.threads import at_once, failures

WRITERS = 4
TURNS = 12


@dataclass
class Seen:
    transaction_id: int
    switches: frozenset[str]


@dataclass(frozen=True)
class Snapshot:
    """Which transactions had committed (PostgreSQL's xmin:xmax:running)."""

    first_running: int
    first_future: int
    running: frozenset[int]

    def had_committed(self, transaction_id: int) -> bool:
        if transaction_id < self.first_running:
            return True
        return transaction_id < self.first_future and transaction_id not in self.running


@dataclass
class Turn:
    """One time the switch was on, with snapshots around it."""

    switch: str
    before_on: Snapshot
    after_on: Snapshot
    before_release: Snapshot
    after_release: Snapshot


@dataclass
class Race:
    is_over: threading.Event = field(default_factory=threading.Event)
    seen: list[Seen] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    overtaken: list[int] = field(default_factory=list)  # decisions while a switch waited

    def decide_without_pause(self, account: Account) -> None:
        number = 0
        while not self.is_over.is_set():
            number += 1
            with transaction.atomic():
                locked = access.lock(
                    customer_public_id=account.customer, product_code="flex-credit"
                )
                access.apply(
                    locked=locked, causes=(), terms=TERMS, actor=system("test"), at=AT,
                    decision_public_id=f"dec_{account.customer}_{number}",
                )  # fmt: skip
                time.sleep(0.002)  # long enough for a switch to slip between look and commit
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_current_xact_id()::text::bigint")
                    found = Seen(
                        cursor.fetchone()[0],
                        frozenset(switch.public_id for switch in locked.mask.switches),
                    )
            self.seen.append(found)

    def turn_on_and_off(self) -> None:
        try:
            for number in range(TURNS):
                scope = ("platform", "product:flex-credit")[number % 2]
                before_on, decided = snapshot(), len(self.seen)
                switch = services.turn_on(
                    scope=scope, kind=Kind.EMERGENCY, effect=Effect.CLOSED, note="race",
                    reason_code="EMERGENCY_STOP", actor=system("test"), at=AT,
                )  # fmt: skip
                after_on = snapshot()
                self.overtaken.append(len(self.seen) - decided)
                self.let_some_decide()
                before_release, decided = snapshot(), len(self.seen)
                services.release(public_id=switch, note="race", actor=system("test"), at=AT)
                self.turns.append(Turn(switch, before_on, after_on, before_release, snapshot()))
                self.overtaken.append(len(self.seen) - decided)
                self.let_some_decide()
        finally:
            self.is_over.set()

    def let_some_decide(self) -> None:
        enough, deadline = len(self.seen) + WRITERS, time.monotonic() + 30
        while len(self.seen) < enough and time.monotonic() < deadline:
            time.sleep(0.001)


def snapshot() -> Snapshot:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        first_running, first_future, running = cursor.fetchone()[0].split(":")
    listed = frozenset(int(part) for part in running.split(",") if part)
    return Snapshot(int(first_running), int(first_future), listed)


@pytest.fixture
def race(account_on_disk: Account) -> Race:
    accounts = [account_on_disk, *(open_account(f"C-{n}") for n in range(2, WRITERS + 1))]
    race = Race()
    ends = at_once(
        [
            race.turn_on_and_off,
            *[lambda account=account: race.decide_without_pause(account) for account in accounts],
        ]
    )
    assert failures(ends) == []
    return race


def test_no_decision_commits_under_a_state_whose_change_has_returned(race: Race) -> None:
    assert len(race.turns) == TURNS
    assert len(race.seen) >= 2 * TURNS * WRITERS
    under_a_switch = 0
    for seen in race.seen:
        under_a_switch += bool(seen.switches)
        for turn in race.turns:
            saw_it = turn.switch in seen.switches
            when = seen.transaction_id
            if turn.before_on.had_committed(when) or not turn.after_release.had_committed(when):
                assert not saw_it, "a decision saw a switch that was not on when it committed"
            if turn.before_release.had_committed(when) and not turn.after_on.had_committed(when):
                assert saw_it, "a decision committed under the state before the switch"
    assert under_a_switch >= TURNS  # the race was one: decisions were made on both sides

    # The switch gets its turn under constant load: whoever asks after it waits behind it, so at
    # most the decisions under way (and those that commit before it has asked) go first.
    assert len(race.overtaken) == 2 * TURNS
    assert sum(race.overtaken) / len(race.overtaken) <= 3 * WRITERS
    assert max(race.overtaken) <= 10 * WRITERS
