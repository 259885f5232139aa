"""Health is public, says what is down and nothing more."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def whole_house(small_api: None, settings: object) -> None:
    settings.ROOT_URLCONF = "backoffice.urls"  # type: ignore[attr-defined]


@pytest.fixture
def broker(settings: object) -> Iterator[None]:
    """A broker that answers: kombu's own, in memory."""
    with override_settings(CELERY_BROKER_URL="memory://"):
        yield


def health() -> tuple[int, dict[str, str]]:
    answer = Client(raise_request_exception=False).get("/api/v1/health")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()


def test_all_is_well(broker: None) -> None:
    assert health() == (200, {"status": "ok", "database": "ok", "broker": "ok"})


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/broker.sock", "nonsense://x", ""]
)
def test_a_missing_broker_only_degrades(settings: object, url: str) -> None:
    settings.CELERY_BROKER_URL = url  # type: ignore[attr-defined]
    assert health() == (200, {"status": "degraded", "database": "ok", "broker": "down"})


def test_a_broker_that_accepts_and_says_nothing_holds_nobody_up(settings: object) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"  # type: ignore[attr-defined]
        assert health()[1]["broker"] == "down"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_a_database_it_is_down(broker: None, error: type[Exception]) -> None:
    with mock.patch.object(connection, "cursor", side_effect=error("secret host")):
        assert health() == (503, {"status": "down", "database": "down", "broker": "ok"})


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_be_reached_is_down_and_back_when_it_is_back(
    broker: None, tmp_path: Path
) -> None:
    nowhere = {**connection.settings_dict, "HOST": str(tmp_path)}
    connection.close()
    with (
        mock.patch.object(connection, "settings_dict", nowhere),
        mock.patch.object(connection, "ensure_connection", _connect_to(nowhere)),
    ):
        assert health() == (503, {"status": "down", "database": "down", "broker": "ok"})
    assert health()[0] == 200


def _connect_to(settings_dict: dict[str, object]):  # type: ignore[no-untyped-def]
    """Connecting as configured, past the embedded server that would start itself."""
    import psycopg
    from django.db.utils import DatabaseErrorWrapper

    def ensure() -> None:
        with DatabaseErrorWrapper(connection):
            psycopg.connect(host=settings_dict["HOST"], dbname="x", user="x", connect_timeout=1)

    return ensure


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "image/png", "nonsense", ""])
def test_it_answers_whatever_kind_of_answer_is_asked_for(broker: None, accept: str) -> None:
    answer = Client().get("/api/v1/health", headers={"accept": accept})
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_anybody_may_ask_and_nobody_may_post() -> None:
    assert Client().post("/api/v1/health").status_code == 405
