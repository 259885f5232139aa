"""What the process is told is checked once, at the start, all of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from backoffice import env
from backoffice.env import MailServer

KEY, OLD, INDEX = (
    base64.b64encode(bytes(range(start, start + 32))).decode() for start in (0, 32, 64)
)
HOOK = "https://lender.example/hook"
GOOD = {
    "SECRET_KEY": "aB3$" * 16 + "xyzw",
    "FIELD_KEYS": f"k2:{KEY},k1:{OLD}",
    "BLIND_INDEX_KEY": INDEX,
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
        ({"BUREAU_URL": "https://bureau.example"},
         "BUREAU_TOKEN is required when BUREAU_URL is set."),
        ({"IDENTITY_URL": "http://provider.example", "IDENTITY_TOKEN": "t"},
         "IDENTITY_URL must begin with https://."),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be at least 50 unpredictable characters."),
        ({"FIELD_KEYS": "k1:c2hvcnQ="}, "FIELD_KEYS[k1] must be 32 random bytes in base64."),
        ({"FIELD_KEYS": f"k1:{KEY},k1:{OLD}"}, "FIELD_KEYS holds the same key id twice."),
        ({"BLIND_INDEX_KEY": "???"}, "BLIND_INDEX_KEY must be 32 random bytes in base64."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts served, without '*'."),
        ({"BEHIND_TLS_PROXY": "perhaps"}, "BEHIND_TLS_PROXY must be true or false."),
        ({"SECRET_KEY": "django-insecure-" + "aB3$x" * 12},
         "SECRET_KEY must be at least 50 unpredictable characters."),
        ({"FIELD_KEYS": "k1:" + "QUFB" * 10 + "QUE="},
         "FIELD_KEYS[k1] must be 32 random bytes in base64."),
        ({"FIELD_KEYS": f"k2:{KEY},k1:{KEY}"}, "FIELD_KEYS holds the same key under two ids."),
        ({"FIELD_KEYS": f"a b:{KEY}"},
         "FIELD_KEYS ids must be short ASCII words: FIELD_KEYS=k1:<base64>,…"),
        ({"BLIND_INDEX_KEY": OLD}, "BLIND_INDEX_KEY must not be one of FIELD_KEYS."),
        ({"ALLOWED_HOSTS": "ok.example,*.example"},
         "ALLOWED_HOSTS must name the hosts served, without '*'."),
        ({"CSRF_TRUSTED_ORIGINS": "http://console.lender.example"},
         "CSRF_TRUSTED_ORIGINS must begin with https://."),
        ({"DATABASE_URL": "postgresql://sluice@db:none/sluice"},
         "DATABASE_URL must be a URL: scheme://user:password@host:port/name."),
        ({"BROKER_URL": "broker"},
         "BROKER_URL must be a URL: scheme://user:password@host:port/name."),
        ({"WEBHOOK_URL": HOOK}, "WEBHOOK_SECRET is required when WEBHOOK_URL is set."),
        ({"WEBHOOK_URL": HOOK, "WEBHOOK_SECRET": "hunter2"},
         "WEBHOOK_SECRET must be whsec_ and 24 to 64 random bytes in base64."),
        ({"WEBHOOK_URL": "http://lender.example", "WEBHOOK_SECRET": f"whsec_{KEY}"},
         "WEBHOOK_URL must begin with https://."),
        ({"EMAIL_URL": "https://mail.example:1", "DEFAULT_FROM_EMAIL": "a@b.example"},
         "EMAIL_URL must be smtp[s]://user:password@host:port (smtp: ?tls=none)."),
        ({"EMAIL_URL": "smtp://[mail.example", "DEFAULT_FROM_EMAIL": "a@b.example"},
         "EMAIL_URL must be smtp[s]://user:password@host:port (smtp: ?tls=none)."),
        (
            {"EMAIL_URL": "smtp://mail.example"},
            "DEFAULT_FROM_EMAIL is required when EMAIL_URL is set.",
        ),
        (
            {"EMAIL_URL": "https://mail.example", "DEFAULT_FROM_EMAIL": "a@b.example"},
            "EMAIL_URL must be smtp[s]://user:password@host:port (smtp: ?tls=none).",
        ),
        (
            {"POLICY_SEPARATION": "nobody"},
            "POLICY_SEPARATION must be one of approver, publisher, everybody.",
        ),
        (
            {"POLICY_PROOF_DAYS": "91"},
            "POLICY_PROOF_DAYS must be a whole number from 1 to 90.",
        ),
        (
            {"EVENT_RETENTION_MONTHS": "12"},
            "EVENT_RETENTION_MONTHS must be a whole number from 13 to 600.",
        ),
        (
            {"LOG_LEVEL": "loud"},
            "LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.",
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_words(changes: dict[str, str], fault: str) -> None:
    assert faults(**changes) == [fault]


def test_a_demo_may_have_its_webhook_on_this_machine(tmp_path: Path) -> None:
    given = {"SLUICE_MODE": "demo", "WEBHOOK_URL": "http://127.0.0.1:9/hook",
             "WEBHOOK_SECRET": f"whsec_{KEY}"}  # fmt: skip
    assert env.read(environ=given, root=tmp_path).webhook_url == "http://127.0.0.1:9/hook"


def test_no_refusal_repeats_a_secret() -> None:
    said = "\n".join(
        faults(
            SECRET_KEY="hunter2",
            FIELD_KEYS="k1:hunter2",
            BLIND_INDEX_KEY="hunter2",
            DATABASE_URL="postgresql://u:hunter2@db:x/y",
            EMAIL_URL="smtp://u:hunter2@m:x",
            WEBHOOK_URL=HOOK,
            WEBHOOK_SECRET="hunter2",
        )
    )  # fmt: skip
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
