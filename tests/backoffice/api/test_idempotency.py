"""A create sent again is done once: replays, changed bodies, two at a time, and crashes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.idp.oidc.models import Client
from django.db import connection

from backoffice.api import idempotency
from backoffice.api.models import IdempotentRequest
from backoffice.lib import crypto
from tests.api_client import LenderApp
from tests.backoffice.api import urls
from tests.problems import faults, problem

BODY = {"name": "a"}


def effects(app: LenderApp) -> int:
    """How often the work was really done, as the database knows it."""
    return Client.objects.get(id=app.client.id).name.count("+")


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def test_the_same_key_gives_the_same_bytes_and_works_once(app: LenderApp) -> None:
    first = app.post("things", BODY, key="k-1")
    again = app.post("things", BODY, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content == b'{"name":"a","worked":1}'
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert effects(app) == 1


def test_another_key_is_another_create(app: LenderApp) -> None:
    app.post("things", BODY, key="k-1")
    assert app.post("things", BODY, key="k-2").json()["worked"] == 2
    assert effects(app) == 2


def test_another_client_may_use_the_same_key(app: LenderApp) -> None:
    other = LenderApp()
    assert app.post("things", BODY, key="k-1").json()["worked"] == 1
    assert other.post("things", BODY, key="k-1").json()["worked"] == 2


@pytest.mark.parametrize("changed", ['{"name": "b"}', '{"name":"a"}', '{"name": "a" }'])
def test_a_changed_body_under_a_used_key_is_refused(app: LenderApp, changed: str) -> None:
    app.post("things", BODY, key="k-1")
    problem(app.post("things", changed, key="k-1"), 422, "idempotency_key_reused")
    assert effects(app) == 1


def test_a_key_belongs_to_one_path(app: LenderApp) -> None:
    app.post("things", BODY, key="k-1")
    problem(app.post("more-things", BODY, key="k-1"), 422, "idempotency_key_reused")
    assert effects(app) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a" * 256, "a\tb", "张"])
def test_a_create_without_a_proper_key_is_refused_before_anything_else(
    app: LenderApp, key: str
) -> None:
    answer = app.post("things", {"nonsense": 1}, key="", headers={"idempotency-key": key})
    problem(answer, 400, "idempotency_key_required")
    assert effects(app) == 0


def test_a_create_without_any_key_is_refused(app: LenderApp) -> None:
    problem(app.post("things", BODY, key=""), 400, "idempotency_key_required")


@pytest.mark.parametrize("key", ["a", "a" * 255, "!~#$%&'*+-.^_`|", '"quoted"'])
def test_any_visible_ascii_is_a_key(app: LenderApp, key: str) -> None:
    assert app.post("things", BODY, key=key).status_code == 201


def test_a_refusal_is_not_kept_so_the_key_serves_the_corrected_try(app: LenderApp) -> None:
    assert faults(app.post("things", {}, key="k-1")) == {"/name": "required"}
    problem(app.post("things", {"name": "refused"}, key="k-1"), 409, "thing_busy")
    assert IdempotentRequest.objects.count() == 0
    assert app.post("things", BODY, key="k-1").status_code == 201


def test_a_bug_undoes_the_work_and_keeps_nothing(app: LenderApp) -> None:
    problem(app.post("things", {"name": "bug"}, key="k-1"), 500, "internal_error")
    assert (effects(app), IdempotentRequest.objects.count()) == (0, 0)


def test_answers_are_sealed_at_rest_and_open_only_for_their_key(app: LenderApp) -> None:
    app.post("things", {"name": "张小明"}, key="k-1")
    row = IdempotentRequest.objects.get()
    assert "张小明".encode() not in bytes(row.body)
    assert (row.client_id, row.key, row.status) == (app.client.id, "k-1", 201)
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(row.body, context=f"idempotency:{app.client.id}:k-2")


def test_an_answer_whose_key_is_gone_is_said_to_be_lost_and_nothing_is_done_again(
    app: LenderApp,
) -> None:
    app.post("things", BODY, key="k-1")
    sealed = bytes(IdempotentRequest.objects.get().body)
    key_id = crypto.current_key_id().encode()
    gone = sealed.replace(key_id, b"x" * len(key_id), 1)
    IdempotentRequest.objects.update(body=gone)
    problem(app.post("things", BODY, key="k-1"), 409, "idempotency_answer_lost")
    assert effects(app) == 1


def test_a_create_takes_two_statements_more_than_its_work(
    app: LenderApp, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(6):  # who asks; begin, key, work, keep the answer, commit
        app.post("things", BODY)


# ── several connections ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def finishing() -> Iterator[None]:
    yield
    urls.MAY_FINISH.set()


def test_a_second_try_while_the_first_works_is_told_to_wait(
    app_on_disk: LenderApp, finishing: None
) -> None:
    app = app_on_disk
    slow = {"name": "slow"}
    thread, first = in_thread(lambda: app.post("things", slow, key="k-1"))
    assert urls.STARTED.wait(10)
    busy = app.post("things", slow, key="k-1")
    other_body = app.post("things", BODY, key="k-1")
    other_key = app.post("things", BODY, key="k-2")
    urls.MAY_FINISH.set()
    thread.join(10)

    problem(busy, 409, "idempotency_in_flight")
    assert busy["Retry-After"] == "2"
    problem(other_body, 409, "idempotency_in_flight")
    assert (other_key.status_code, first[0].status_code) == (201, 201)
    assert app.post("things", slow, key="k-1")["Idempotency-Replayed"] == "true"
    assert effects(app) == 2


def test_many_at_once_under_one_key_work_once(app_on_disk: LenderApp) -> None:
    app = app_on_disk
    barrier = threading.Barrier(6)

    def send() -> int:
        barrier.wait(10)
        return int(app.post("things", BODY, key="k-1").status_code)

    started = [in_thread(send) for _ in range(6)]
    for thread, _found in started:
        thread.join(20)
    statuses = sorted(found[0] for _thread, found in started)
    assert statuses[0] == 201
    assert set(statuses) <= {201, 409}
    assert effects(app) == 1


def test_a_try_that_ended_between_our_look_and_our_write_is_not_done_twice(
    app_on_disk: LenderApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look saw neither lock nor row; the row is there when we keep ours: all is undone."""
    app = app_on_disk
    assert app.post("things", BODY, key="k-1").status_code == 201
    monkeypatch.setattr(idempotency, "_take", lambda *_: None)
    problem(app.post("things", BODY, key="k-1"), 409, "idempotency_in_flight")
    assert effects(app) == 1


def test_a_process_killed_in_the_middle_leaves_neither_effect_nor_key(
    app_on_disk: LenderApp, finishing: None
) -> None:
    """The connection is cut while the work is done, as when the process or the machine dies."""
    app = app_on_disk
    thread, first = in_thread(lambda: app.post("things", {"name": "slow"}, key="k-1"))
    assert urls.STARTED.wait(10)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND state = 'idle in transaction'"
        )
        assert cursor.rowcount == 1
    urls.MAY_FINISH.set()
    thread.join(10)

    problem(first[0], 503, "database_unavailable")
    assert (effects(app), IdempotentRequest.objects.count()) == (0, 0)
    urls.STARTED.clear()
    again = app.post("things", {"name": "slow"}, key="k-1")
    assert (again.status_code, again.get("Idempotency-Replayed")) == (201, None)
    assert effects(app) == 1
