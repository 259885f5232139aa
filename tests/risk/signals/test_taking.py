"""An event goes in once, with everything that follows from it, or it is refused by itself."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.events.models import Event, EventKey
from risk.links.facts import LinkKind
from risk.links.keys import contact_key
from risk.links.models import Device, Link
from risk.signals import taking
from risk.signals.given import GivenEvent, ItemStatus
from risk.signals.models import CustomerSignals, Outcome, Recheck
from tests.lender import AT, Lender
from tests.snapshots import nothing_written
from tests.threads import WAIT_SECONDS, at_once

PHONE = "13812345678"
DAY = dt.timedelta(days=1)
ANDROID = {"platform": "android", "android_id": "9f1c2b7d60e4a583", "battery": "81"}
ACCEPTED, DUPLICATE, REFUSED = ItemStatus


def given(event_id: object, kind: object, customer: object, at: object = AT, **fields: Any) -> Any:
    moment = at.isoformat() if isinstance(at, dt.datetime) else at
    return GivenEvent(event_id, kind, moment, customer_id=customer, fields=fields)


def take(*events: GivenEvent, at: dt.datetime = AT) -> list[Any]:
    return taking.take(events=events, source="test", at=at)


def receive(*events: GivenEvent, at: dt.datetime = AT) -> list[Any]:
    return taking.receive(events=events, source="test", actor=system("test"), at=at)


def ends(answers: list[Any]) -> list[Any]:
    """What became of each: its status, or why it was refused."""
    return [
        {fault.pointer: fault.code for fault in answer.faults} or answer.status
        for answer in answers
    ]


class TestWhatFollows:
    def test_an_application_leaves_its_row_and_its_links(self, lender: Lender) -> None:
        customer = lender.customer()
        fields = {
            "amount_cents": 500_000, "product": "flex-credit", "device": ANDROID,
            "phone": "+86 138 1234 5678", "address": "上海市 静安区 1 号", "employer": "甲公司",
            "emergency_contact": "13900001111",
        }  # fmt: skip
        assert ends(take(given("E-1", "application", customer, **fields))) == [ACCEPTED]
        row = Event.objects.get()
        assert (row.kind, row.occurred_at, row.amount_cents) == ("application", AT, 500_000)
        assert row.detail == {"product": "flex-credit"}
        assert row.device == Device.objects.get()
        assert bytes(row.phone_key) == contact_key(LinkKind.PHONE, "13812345678")
        assert bytes(row.address_key) == contact_key(LinkKind.ADDRESS, "上海市静安区1号")
        assert Counter(Link.objects.values_list("kind", flat=True)) == Counter(
            ["device", "phone", "address", "employer", "emergency_contact"]
        )

    def test_nothing_personal_is_kept_in_clear(self, lender: Lender) -> None:
        take(
            given("E-1", "application", lender.customer(), amount_cents=1, phone=PHONE,
                  address="静安区一号", device=ANDROID),
        )  # fmt: skip
        with connection.cursor() as cursor:
            for table in ("risk_event", "risk_eventkey", "risk_link", "risk_device"):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ '138123|静安|9f1c'")
                assert cursor.fetchone() == (0,)

    def test_a_score_and_a_limit_move_the_signals_at_their_own_time(self, lender: Lender) -> None:
        customer = lender.customer(current_limit_cents=100)
        take(
            given("E-1", "score", customer, AT + dt.timedelta(minutes=2), score=640),
            given("E-2", "score", customer, AT + dt.timedelta(minutes=1), score=700),
            given("E-3", "limit", customer, AT + dt.timedelta(minutes=1), limit_cents=900),
            given("E-4", "limit", customer, AT - DAY, limit_cents=800),
            given("E-5", "score", customer, AT - 9 * DAY, score=800),
        )
        known = CustomerSignals.objects.get()
        assert (known.score, known.current_limit_cents) == (640, 900)
        assert known.score_observed_at == AT + dt.timedelta(minutes=2)
        assert known.current_limit_cents_observed_at == AT + dt.timedelta(minutes=1)
        assert known.utilisation is not None  # what no event told stays
        scores = Event.objects.filter(kind="score").order_by("occurred_at")
        assert [row.detail for row in scores] == [{"score": 800}, {"score": 700}, {"score": 640}]
        assert Event.objects.get(event_id="E-3").amount_cents == 900

    def test_late_news_of_a_score_is_kept_and_changes_nothing_now(self, lender: Lender) -> None:
        customer = lender.customer(score=720)
        assert ends(take(given("E-1", "score", customer, AT - DAY, score=500))) == [ACCEPTED]
        assert CustomerSignals.objects.get().score == 720
        assert Event.objects.get().occurred_at == AT - DAY

    def test_outcomes_are_recorded(self, lender: Lender) -> None:
        customer = lender.customer()
        take(
            given("E-1", "default", customer),
            given("E-2", "cure", customer, happened=False, source="collections"),
        )
        rows = Outcome.objects.values_list("kind", "happened", "observed_at", "source")
        assert set(rows) == {
            ("default", True, AT, "test"), ("cure", False, AT, "collections"),
        }  # fmt: skip

    def test_who_is_concerned_is_to_be_decided_again_once(self, lender: Lender) -> None:
        first, second = lender.customer("C-1"), lender.customer("C-2")
        lender.customer("C-3")
        Recheck.objects.all().delete()
        take(
            given("E-1", "application", first, amount_cents=1),
            given("E-2", "score", first, score=1),
            given("E-3", "login", second, device=ANDROID),
        )
        asked = Recheck.objects.values_list("customer__public_id", "generation", "asked_at")
        assert set(asked) == {(first, 1, AT), (second, 1, AT)}

    def test_a_duplicate_has_no_further_effect(self, lender: Lender) -> None:
        customer = lender.customer()
        events = [
            given("E-1", "application", customer, amount_cents=1, device=ANDROID, phone=PHONE),
            given("E-2", "score", customer, AT + dt.timedelta(minutes=1), score=640),
            given("E-3", "default", customer),
        ]  # fmt: skip
        take(*events)
        with nothing_written():
            assert ends(take(*events)) == [DUPLICATE] * 3

    def test_both_names_of_a_customer_mean_the_same(self, lender: Lender) -> None:
        customer = lender.customer("A-17")
        by_id = given("E-1", "refusal", customer)
        by_reference = GivenEvent("E-1", "refusal", AT, customer_reference="A-17")
        assert ends(take(by_id, by_reference)) == [ACCEPTED, DUPLICATE]


class TestRefusals:
    def test_a_conflict_is_refused_and_the_first_stays(self, lender: Lender) -> None:
        customer = lender.customer()
        first = given("E-1", "application", customer, amount_cents=1, phone=PHONE)
        take(first)
        other = lender.customer("C-2")
        others = [
            given("E-1", "drawdown", customer, amount_cents=1),
            given("E-1", "application", customer, amount_cents=2, phone=PHONE),
            given("E-1", "application", customer, amount_cents=1, phone=PHONE + "9"),
            given("E-1", "application", customer, amount_cents=1),
            given("E-1", "application", other, amount_cents=1, phone=PHONE),
        ]  # fmt: skip
        with nothing_written():
            assert ends(take(*others)) == [{"/event_id": "event_conflict"}] * len(others)

    def test_both_edges_of_what_is_taken_are_taken(self, lender: Lender) -> None:
        customer = lender.customer()
        ahead, long_ago = AT + dt.timedelta(minutes=5), AT.replace(year=2023)
        events = [
            given("E-1", "refusal", customer, ahead),
            given("E-2", "refusal", customer, long_ago),
        ]
        assert ends(take(*events)) == [ACCEPTED] * 2

    def test_poison_stops_nobody_else(self, lender: Lender) -> None:
        customer = lender.customer()
        poison = [
            given(None, None, None, None), given("\x00", {}, [], {}, x=object()),
            given("P-1", "score", customer, score=float("nan")),
            given("P-2", "score", customer, score=10**400),
            given("P-3", "login", customer, device={"android_id": "\ud800"}),
            given("P-4", "application", customer, amount_cents=1, address="\x00"),
            given("P-5", "bureau", customer, debt_to_income="9" * 400),
            GivenEvent("P-6", "refusal", AT, customer_id=customer, customer_reference="C-1"),
        ]  # fmt: skip
        good = [given(f"E-{n}", "drawdown", customer, amount_cents=n) for n in range(200)]
        mixed = [*good, *poison]
        random.Random(7).shuffle(mixed)
        answers = take(*mixed)
        assert [answer.status for answer in answers] == [
            ACCEPTED if each in good else REFUSED for each in mixed
        ]
        assert Event.objects.count() == 200


def test_a_batch_is_a_handful_of_statements_whatever_its_number(
    lender: Lender, django_assert_max_num_queries: Any
) -> None:
    customers = [lender.customer(f"C-{n}") for n in range(20)]
    fields: list[tuple[str, dict[str, Any]]] = [
        ("application", {"amount_cents": 1, "phone": PHONE, "device": ANDROID}),
        ("score", {"score": 640}), ("limit", {"limit_cents": 1}), ("default", {}),
    ]  # fmt: skip
    take(given("first", "refusal", customers[0]))
    for size, most in ((1, 8), (1000, 22)):  # many rows travel by COPY, in three statements
        batch = [
            given(f"{size}-{n}", fields[n % 4][0], customers[n % 20], AT - n * DAY / 86_400,
                  **fields[n % 4][1])
            for n in range(size)
        ]  # fmt: skip
        with django_assert_max_num_queries(most):
            assert ends(take(*batch)) == [ACCEPTED] * size


class TestTheDoor:
    """Everything of a batch, or nothing; once, whoever sends it how often."""

    def test_a_batch_is_in_the_ledger_under_who_sent_it(self, lender: Lender) -> None:
        customer = lender.customer()
        events = [given(f"E-{n}", "refusal", customer) for n in range(3)]
        receive(*events)
        entry = LedgerEntry.objects.get(action="events.taken")
        assert (entry.subject_id, entry.detail) == ("E-0", {"events": 3})
        receive(*events)
        assert LedgerEntry.objects.filter(action="events.taken").count() == 1

    def test_a_storm_of_duplicates_keeps_each_once(self, lender_on_disk: Lender) -> None:
        customers = [lender_on_disk.customer(f"C-{n}") for n in range(5)]
        events = [
            given(
                f"E-{n}", "application", customers[n % 5], AT - n * dt.timedelta(minutes=1),
                amount_cents=n, phone=f"138123400{n % 7:02}", device=ANDROID,
            )
            for n in range(150)
        ]  # fmt: skip
        receive(given("first", "refusal", customers[0]))
        chance = random.Random(3)
        storms = [chance.sample(events, len(events)) + events[:50] for _ in range(4)]
        found = at_once([lambda storm=storm: receive(*storm) for storm in storms])
        statuses = Counter(answer.status for answers in found for answer in answers)
        assert statuses == {ACCEPTED: 150, DUPLICATE: 4 * 200 - 150}
        assert Event.objects.count() == EventKey.objects.count() == 151
        assert sum(Link.objects.filter(kind="phone").values_list("times", flat=True)) == 150
        assert {row.generation for row in Recheck.objects.all()} <= {1, 2, 3, 4, 5}

    def test_a_kill_in_the_middle_leaves_nothing_and_the_next_try_everything(
        self, lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        customer = lender_on_disk.customer()
        events = [
            given(f"E-{n}", "application", customer, amount_cents=n, device=ANDROID)
            for n in range(150)
        ]
        receive(given("first", "refusal", customer))
        Recheck.objects.all().delete()
        reached, killed = threading.Event(), threading.Event()
        pids: list[int] = []

        def die(**_given: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            reached.set()
            assert killed.wait(WAIT_SECONDS)
            connection.cursor().execute("SELECT 1")

        def kill() -> None:
            assert reached.wait(WAIT_SECONDS)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", pids)
            killed.set()

        with monkeypatch.context() as patch:
            patch.setattr(taking.rechecks, "ask", die)
            [error, _none] = at_once([lambda: receive(*events), kill])
        assert isinstance(error, OperationalError)
        assert Event.objects.count() == EventKey.objects.count() == 1
        assert (Link.objects.count(), Device.objects.count(), Recheck.objects.count()) == (0, 0, 0)
        assert ends(receive(*events)) == [ACCEPTED] * 150
        assert ends(receive(*events)) == [DUPLICATE] * 150
        assert Event.objects.count() == 151

    def test_any_order_of_arrival_ends_the_same(self, lender: Lender) -> None:
        orders = []
        for name in ("straight", "shuffled"):
            customer = lender.customer(name, score=None)
            events = [
                given(f"{name}-{n}", "score", customer, AT - n * DAY, score=n) for n in range(40)
            ]
            random.Random(name).shuffle(events)
            for begin in range(0, 40, 7):
                take(*events[begin : begin + 7])
            known = CustomerSignals.objects.get(customer__public_id=customer)
            rows = Event.objects.filter(customer__public_id=customer).order_by("occurred_at")
            orders.append(
                (known.score, known.score_observed_at, [(r.occurred_at, r.detail) for r in rows])
            )
        assert orders[0] == orders[1]
        assert orders[0][:2] == (0, AT)

    @pytest.mark.parametrize(
        "moments",
        [
            # The night clocks go back in Berlin: one hour twice, told apart by the offset.
            ("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"),
            # The same instant, said from three places, is one event.
            ("2026-01-01T07:59:59.999999+08:00", "2025-12-31T23:59:59.999999Z"),
        ],
    )
    def test_an_event_is_placed_by_its_instant(
        self, lender: Lender, moments: tuple[str, str]
    ) -> None:
        customer = lender.customer()
        first, second = (dt.datetime.fromisoformat(text) for text in moments)
        answers = take(
            given("E-1", "refusal", customer, moments[0]),
            given("E-1", "refusal", customer, moments[1]),
        )
        is_same = first == second
        assert ends(answers) == [
            ACCEPTED, DUPLICATE if is_same else {"/event_id": "event_conflict"},
        ]  # fmt: skip
        assert Event.objects.get().occurred_at == first

    def test_a_rolled_back_caller_leaves_nothing(self, lender: Lender) -> None:
        customer = lender.customer()
        with nothing_written(), transaction.atomic():
            take(given("E-1", "score", customer, score=1))
            transaction.set_rollback(True)
