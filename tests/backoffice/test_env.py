"""What the process is told is checked once, at the start, all of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from backoffice import env
from backoffice.env import MailServer

KEY = base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "SECRET_KEY": "aB3$" * 16 + "xyzw",
    "FIELD_KEYS": f"k2:{KEY},k1:{KEY}",
    "BLIND_INDEX_KEY": KEY,
    "ALLOWED_HOSTS": "console.lender.example, api.lender.example",
    "DATABASE_URL": "postgresql://sluice@db/sluice",
    "BROKER_URL": "redis://broker:6379/0",
}


def faults(**changes: str) -> list[str]:
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read(environ={**GOOD, **changes}, root=Path("/nowhere"))
    first, *rest, last = str(refused.value).split("\n  ")
    assert (first, last) == ("Sluice cannot start:", env.HINT)
    return rest


def test_a_complete_production_environment_is_read_as_written() -> None:
    found = env.read(environ=GOOD, root=Path("/nowhere"))
    assert (found.mode, found.is_demo) == ("production", False)
    assert [key.id for key in found.field_keys] == ["k2", "k1"]
    assert found.allowed_hosts == ("console.lender.example", "api.lender.example")
    assert found.require_second_factor is True
    assert found.mail_server is None
    assert found.log_level == "INFO"


def test_nothing_given_names_everything_missing_in_one_message() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read(environ={}, root=Path("/nowhere"))
    assert str(refused.value).split("\n  ")[1:-1] == [
        "SECRET_KEY must be at least 50 unpredictable characters.",
        "FIELD_KEYS must hold at least one key: FIELD_KEYS=k1:<base64>.",
        "BLIND_INDEX_KEY must be 32 random bytes in base64.",
        "ALLOWED_HOSTS must name the hosts served, without '*'.",
        "DATABASE_URL is required.",
        "BROKER_URL is required.",
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be at least 50 unpredictable characters."),
        ({"FIELD_KEYS": "k1:c2hvcnQ="}, "FIELD_KEYS[k1] must be 32 random bytes in base64."),
        ({"FIELD_KEYS": f"k1:{KEY},k1:{KEY}"}, "FIELD_KEYS holds the same key id twice."),
        ({"BLIND_INDEX_KEY": "???"}, "BLIND_INDEX_KEY must be 32 random bytes in base64."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts served, without '*'."),
        ({"BEHIND_TLS_PROXY": "perhaps"}, "BEHIND_TLS_PROXY must be true or false."),
        (
            {"WEBHOOK_URL": "https://lender.example/hook"},
            "WEBHOOK_SECRET is required when WEBHOOK_URL is set.",
        ),
        (
            {"EMAIL_URL": "smtp://mail.example"},
            "DEFAULT_FROM_EMAIL is required when EMAIL_URL is set.",
        ),
        (
            {"EMAIL_URL": "https://mail.example", "DEFAULT_FROM_EMAIL": "a@b.example"},
            "EMAIL_URL must be smtp[s]://user:password@host:port (smtp: ?tls=none).",
        ),
        (
            {"LOG_LEVEL": "loud"},
            "LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_words(changes: dict[str, str], fault: str) -> None:
    assert faults(**changes) == [fault]


def test_no_refusal_repeats_a_secret() -> None:
    said = "\n".join(
        faults(SECRET_KEY="hunter2", FIELD_KEYS="k1:hunter2", BLIND_INDEX_KEY="hunter2")
    )
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "", "", "starttls")),
        ("smtps://u:p%40ss@mail.example", MailServer("mail.example", 465, "u", "p@ss", "tls")),
        ("smtp://relay:25?tls=none", MailServer("relay", 25, "", "", "none")),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    given = {**GOOD, "EMAIL_URL": url, "DEFAULT_FROM_EMAIL": "notices@lender.example"}
    assert env.read(environ=given, root=Path("/nowhere")).mail_server == server


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="one of production, demo"):
        env.read(environ={**GOOD, "SLUICE_MODE": "debug"}, root=Path("/nowhere"))


def test_the_demo_makes_its_own_secrets_once_and_keeps_them_private(tmp_path: Path) -> None:
    first = env.read(environ={"SLUICE_MODE": "demo"}, root=tmp_path)
    again = env.read(environ={"SLUICE_MODE": "demo"}, root=tmp_path)
    assert first == again
    assert len(first.secret_key) >= 50
    kept = tmp_path / ".sluice" / "demo-secrets.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").mkdir()
    other = env.read(environ={"SLUICE_MODE": "demo"}, root=tmp_path / "other")
    assert other.secret_key != first.secret_key
