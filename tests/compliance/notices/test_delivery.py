"""Leases, retries and the end of a delivery."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail

from backoffice.lib.errors import Invalid, Missing
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.notices import channels, rules, services, tasks
from compliance.notices.models import Delivery, Notice
from tests.compliance.notices.conftest import a_customer, queue
from tests.lender import AT, Lender
from tests.threads import at_once, failures

SECOND = dt.timedelta(seconds=1)
LEASE = dt.timedelta(seconds=services.LEASES.seconds)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which notices went out, by id; nothing leaves."""
    found: list[int] = []

    def send(*, notice: Notice, **_given: Any) -> None:
        found.append(notice.pk)

    monkeypatch.setattr(channels, "send", send)
    return found


def failing(error: Exception) -> Callable[..., None]:
    def send(**_given: Any) -> None:
        raise error

    return send


def retry(delivery: Delivery, note: str = "mailbox repaired") -> None:
    services.retry(delivery_id=delivery.pk, note=note, actor=staff(7), at=AT)


def row() -> tuple[str, int, str]:
    delivery = Delivery.objects.get()
    return delivery.state, delivery.attempts, delivery.failure


def test_what_is_due_is_sent_once(customer: str, clock: Any) -> None:
    queue(customer)
    assert tasks.deliver_due_notices() == 1
    assert tasks.deliver_due_notices() == 0
    [message] = mail.outbox
    assert (message.to, message.subject) == (["zhang@example.com"], "Your Flex Credit is open")
    assert row() == ("sent", 1, "")
    assert Delivery.objects.get().finished_at == AT


def test_what_is_not_due_waits(customer: str, clock: Any, sent: list[int]) -> None:
    queue(customer)
    clock.move_to(AT - SECOND)
    assert services.deliver_due() == 0
    assert (sent, row()) == ([], ("queued", 0, ""))


def test_without_an_address_it_is_skipped(lender: Lender, clock: Any) -> None:
    queue(a_customer(email=None))
    queue("cus_gone", cause="decision:dec_2")
    assert services.deliver_due() == 2
    assert set(Delivery.objects.values_list("state", "failure")) == {("skipped", "")}
    assert mail.outbox == []


def test_each_attempt_waits_four_times_longer_until_there_are_no_more(
    customer: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "send", failing(channels.NotSent("email_TimeoutError")))
    queue(customer)
    waits = []
    for attempt in itertools.count(1):
        assert services.deliver_due() == 1
        assert services.deliver_due() == 0
        delivery = Delivery.objects.get()
        assert (delivery.attempts, delivery.failure) == (attempt, "email_TimeoutError")
        if delivery.state == "failed":
            break
        waits.append(int((delivery.due_at - dt.datetime.now(tz=dt.UTC)).total_seconds()))
        clock.move_to(delivery.due_at - SECOND)
        assert services.deliver_due() == 0
        clock.move_to(delivery.due_at)
    assert waits == [20, 80, 320, 1280, 5120, 20480, 21600]
    assert delivery.finished_at is not None
    clock.move_to(AT + dt.timedelta(days=30))
    assert services.deliver_due() == 0


def test_a_failed_delivery_gets_new_attempts_when_asked(
    customer: str, clock: Any, sent: list[int]
) -> None:
    queue(customer)
    delivery = Delivery.objects.get()
    with pytest.raises(Missing):
        retry(delivery)
    Delivery.objects.update(state="failed", attempts=8, finished_at=AT, failure="worker_lost")
    with pytest.raises(Invalid):
        retry(delivery, note=" ")
    retry(delivery)
    entry = LedgerEntry.objects.get(action="delivery.retried")
    assert (entry.reason, entry.subject_id) == ("mailbox repaired", customer)
    assert row() == ("queued", 0, "")
    assert services.deliver_due() == 1
    assert (sent, row()) == ([delivery.notice_id], ("sent", 1, ""))
    with pytest.raises(Missing):
        retry(delivery)
    assert LedgerEntry.objects.filter(action="delivery.retried").count() == 1


def test_a_dead_worker_s_lease_is_picked_up_when_it_ends(
    customer: str, clock: Any, sent: list[int]
) -> None:
    queue(customer)
    assert services.LEASES.claim() is not None  # … and the worker dies
    clock.move_to(AT + LEASE - SECOND)
    assert services.deliver_due() == 0
    clock.move_to(AT + LEASE)
    assert services.deliver_due() == 1
    assert (len(sent), row()) == (1, ("sent", 2, ""))


def test_a_stale_holder_cannot_overwrite(customer: str, clock: Any, sent: list[int]) -> None:
    queue(customer)
    stale = services.LEASES.claim()
    assert stale is not None
    clock.move_to(AT + LEASE)
    fresh = services.LEASES.claim()
    assert fresh is not None
    services._fail(stale, "too_late")
    assert row() == ("sending", 2, "")
    services._attempt(fresh)
    services._fail(stale, "too_late")
    assert row() == ("sent", 2, "")


def test_a_stale_holder_is_told_apart_even_when_attempts_were_counted_anew(
    customer: str, clock: Any, sent: list[int]
) -> None:
    queue(customer)
    stale = services.LEASES.claim()
    assert stale is not None
    Delivery.objects.update(state="failed")
    retry(stale)
    clock.move_to(AT + SECOND)
    fresh = services.LEASES.claim()
    assert fresh is not None
    assert fresh.attempts == stale.attempts == 1
    services._fail(stale, "too_late")
    assert row() == ("sending", 1, "")


def test_a_slow_one_uses_up_nobody_else_s_lease(
    lender: Lender, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is claimed when its turn comes: two hours of slow ones are sent once each."""
    for number in range(100):
        queue(a_customer(f"C-{number}"), cause=f"decision:dec_{number}")
    going_out: list[int] = []

    def slow(*, notice: Notice, **_given: Any) -> None:
        going_out.append(notice.pk)
        clock.shift(72)
        with_a_lease = Delivery.objects.filter(state="sending").values_list("due_at", flat=True)
        assert all(end > dt.datetime.now(tz=dt.UTC) for end in with_a_lease)

    monkeypatch.setattr(channels, "send", slow)
    assert tasks.deliver_due_notices() == 100
    assert len(set(going_out)) == 100


def test_what_kills_every_worker_that_tries_is_given_up(
    customer: str, clock: Any, sent: list[int]
) -> None:
    queue(customer)
    for _attempt in range(services.ATTEMPTS_AT_MOST):
        assert services.LEASES.claim() is not None
        clock.shift(LEASE)
    assert services.deliver_due() == 1
    assert (sent, row()) == ([], ("failed", 9, "worker_lost"))


def test_one_broken_notice_does_not_hold_up_the_others(
    customer: str, clock: Any, sent: list[int]
) -> None:
    queue(customer, template="no_such_template")
    queue(customer, cause="decision:dec_2")
    assert services.deliver_due() == 2
    assert dict(Delivery.objects.values_list("notice__cause", "state")) == {
        "decision:dec_1": "queued", "decision:dec_2": "sent",
    }  # fmt: skip
    broken = Delivery.objects.get(state="queued")
    assert broken.failure == "TemplateDoesNotExist"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no such mailbox: zhang@example.com"),
        RuntimeError("13812345678 is not reachable"),
        channels.NotSent("zhang@example.com refused"),
        channels.NotSent("gateway said: 13812345678"),
        channels.NotSent("code13812345678"),
    ],
)
def test_no_personal_data_ends_up_in_a_failure_or_a_log(
    customer: str, clock: Any, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, error: Exception,
) -> None:  # fmt: skip
    monkeypatch.setattr(channels, "send", failing(error))
    queue(customer)
    services.deliver_due()
    written = Delivery.objects.get().failure + "".join(capfd.readouterr()) + caplog.text
    assert "zhang" not in written
    assert "1381" not in written
    assert Delivery.objects.get().failure in ("ValueError", "RuntimeError", "not_sent")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("email_SMTPRecipientsRefused", "email_SMTPRecipientsRefused"),
        ("webhook_status_503", "webhook_status_503"),
        ("a" * 81, "not_sent"),
        ("", "not_sent"),
        ("张三", "not_sent"),
        ("status_1381", "not_sent"),
    ],
)
def test_a_failure_is_a_code_or_nothing(text: str, code: str) -> None:
    assert rules.failure_code(text) == code


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_delivery_once(
    lender_on_disk: Lender, sent: list[int]
) -> None:
    for number in range(40):
        queue(a_customer(f"C-{number}"), cause=f"decision:dec_{number}")
    ends = at_once([tasks.deliver_due_notices] * 4)
    assert failures(ends) == []
    assert (sum(ends), len(sent), len(set(sent))) == (40, 40, 40)
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
