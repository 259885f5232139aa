"""Calls outside: time limits, retries, the breaker, and answers that are none. Real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
import respx

from accounts.verification import providers
from accounts.verification.facts import Identity, Result
from accounts.verification.providers import Breaker, HttpProvider, NotAnswered
from accounts.verification.simulator import simulating

ADA = Identity("张小明", "11010519491231002X", "13812345678")


def person(phone: str) -> Identity:
    return Identity(ADA.name, ADA.id_number, phone)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "WAIT_SECONDS", 0.001)


@pytest.fixture
def outside() -> Iterator[tuple[HttpProvider, list[str]]]:
    with simulating(slow_seconds=1.0) as (url, asked):
        yield HttpProvider(url=url, token="secret", breaker=Breaker()), asked


def test_a_record_and_a_check_are_read(outside: tuple[HttpProvider, list[str]]) -> None:
    provider, asked = outside
    found = provider.record_of(ADA, inquiry="inq_1").record
    assert (found.legal_name, found.id_number, found.phone) == (
        ADA.name, ADA.id_number, ADA.phone,
    )  # fmt: skip
    assert provider.check(ADA, inquiry="inq_2") is Result.PASSED
    assert provider.check(person("2"), inquiry="inq_3") is Result.FAILED
    assert provider.record_of(person("2"), inquiry="inq_4").record.legal_name == "李四光"
    assert asked == ["inq_1", "inq_2", "inq_3", "inq_4"]


def test_a_server_error_is_tried_three_times_under_one_key(
    outside: tuple[HttpProvider, list[str]],
) -> None:
    provider, asked = outside
    with pytest.raises(NotAnswered, match=r"^status_503$"):
        provider.record_of(person("5"), inquiry="inq_1")
    assert asked == ["inq_1"] * 3


def test_garbage_is_asked_once(outside: tuple[HttpProvider, list[str]]) -> None:
    provider, asked = outside
    with pytest.raises(NotAnswered, match=r"^garbage$"):
        provider.check(person("7"), inquiry="inq_1")
    assert asked == ["inq_1"]


def test_a_slow_answer_is_given_up(
    outside: tuple[HttpProvider, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, _asked = outside
    monkeypatch.setattr(providers, "READ_SECONDS", 0.05)
    monkeypatch.setattr(providers, "ATTEMPTS", 2)
    with pytest.raises(NotAnswered, match=r"^timeout$"):
        provider.check(person("9"), inquiry="inq_1")


def test_nobody_there_is_said() -> None:
    provider = HttpProvider(url="http://127.0.0.1:9", token="", breaker=Breaker())
    with pytest.raises(NotAnswered, match=r"^unreachable$"):
        provider.check(ADA, inquiry="inq_1")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b'{"result": "maybe"}', b'{"name": 1}', b"\xff",
        json.dumps({"name": "x", "id_number": "1", "phone": "1", "reported_at": "soon"}).encode(),
        json.dumps({"name": "x" * 81, "id_number": None, "phone": None,
                    "reported_at": "2026-01-01T00:00:00Z"}).encode(),
        b"[" * 70_000,
        b"[" * 60_000,
    ],
)  # fmt: skip
@respx.mock
def test_an_answer_that_is_none_is_garbage_and_never_an_error(body: bytes) -> None:
    respx.post("http://outside/records").mock(httpx.Response(200, content=body))
    provider = HttpProvider(url="http://outside", token="", breaker=Breaker())
    with pytest.raises(NotAnswered, match=r"^garbage$"):
        provider.record_of(ADA, inquiry="inq_1")


@respx.mock
def test_a_refusal_is_final_and_the_token_travels_in_a_header() -> None:
    route = respx.post("http://outside/checks").mock(httpx.Response(403))
    provider = HttpProvider(url="http://outside/", token="secret", breaker=Breaker())
    with pytest.raises(NotAnswered, match=r"^status_403$"):
        provider.check(ADA, inquiry="inq_1")
    assert route.call_count == 1
    assert route.calls[0].request.headers["authorization"] == "Bearer secret"


@respx.mock
def test_the_breaker_opens_after_five_failures_probes_once_and_closes() -> None:
    now = [100.0]
    route = respx.post("http://outside/checks").mock(httpx.Response(403))
    provider = HttpProvider(url="http://outside", token="", breaker=Breaker(now=lambda: now[0]))

    def ended() -> str:
        try:
            return provider.check(ADA, inquiry="inq_1").value
        except NotAnswered as error:
            return str(error)

    assert [ended() for _call in range(7)] == ["status_403"] * 5 + ["breaker_open"] * 2
    assert route.call_count == 5
    now[0] += 30
    assert [ended(), ended()] == ["status_403", "breaker_open"]  # the probe failed
    now[0] += 30
    route.mock(httpx.Response(200, json={"result": "passed"}))
    assert [ended(), ended()] == ["passed", "passed"]
    assert route.call_count == 8


def test_while_half_open_one_caller_probes() -> None:
    now = [0.0]
    breaker = Breaker(now=lambda: now[0])
    for _failure in range(5):
        breaker.failed()
    now[0] = 30.0
    breaker.enter()
    with pytest.raises(NotAnswered, match="breaker_open"):
        breaker.enter()
