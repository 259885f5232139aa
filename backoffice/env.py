"""Every environment variable Sluice reads: typed, described, validated once at start.

Outside the demo nothing secret has a default: a missing or weak value stops the start with
one message that lists all faults at once.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MODES = ("production", "demo")
KEY_BYTES = 32
HINT = "docs/configuration.md describes each; SLUICE_MODE=demo needs none of them."
NO_SENDER = "noreply@example.invalid"
# Who must be different people before a policy decides, each as well as the ones before.
SEPARATIONS = {"approver": 1, "publisher": 2, "everybody": 3}
MAIL_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class FieldKey:
    """One AES-256 key of the personal-data key ring; `id` is stored beside every value."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail is handed over. `security` is `starttls`, `tls` or `none`."""

    host: str
    port: int
    user: str
    password: str
    security: str


@dataclass(frozen=True, slots=True)
class Environment:
    """What the process was told. `None` for a URL means the embedded server of the demo."""

    mode: str
    secret_key: str
    field_keys: tuple[FieldKey, ...]  # first is current, the rest only decrypt
    blind_index_key: bytes
    allowed_hosts: tuple[str, ...]
    csrf_trusted_origins: tuple[str, ...]
    database_url: str | None
    broker_url: str | None
    mail_server: MailServer | None  # None: e-mail is not sent (the demo writes files)
    default_from_email: str
    webhook_url: str | None
    webhook_secret: str | None
    sms_provider: str
    bureau_url: str | None  # None: nobody is asked
    bureau_token: str
    identity_url: str | None
    identity_token: str
    static_root: Path
    snapshot_dir: Path
    require_second_factor: bool
    is_behind_tls_proxy: bool
    log_level: str
    campaign_lanes: int
    campaign_customers_per_second: int  # 0: as fast as it goes
    campaign_notices_per_second: int
    policy_separation: int
    policy_proof_days: int
    event_retention_months: int

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"


def read(*, environ: Mapping[str, str], root: Path) -> Environment:
    """Raises: ImproperlyConfigured listing every missing or malformed variable."""
    mode = environ.get("SLUICE_MODE", "production")
    if mode not in MODES:
        raise ImproperlyConfigured(f"SLUICE_MODE must be one of {', '.join(MODES)}.")
    faults: list[str] = []
    values = {**_demo_secrets(root), **environ} if mode == "demo" else dict(environ)
    result = _read(values, root, mode, faults)
    faults += _insecure(result)
    if result.mail_server and result.default_from_email == NO_SENDER:
        faults.append("DEFAULT_FROM_EMAIL is required when EMAIL_URL is set.")
    if faults:
        raise ImproperlyConfigured("\n  ".join(["Sluice cannot start:", *faults, HINT]))
    return result


def _read(values: Mapping[str, str], root: Path, mode: str, faults: list[str]) -> Environment:
    return Environment(
        mode=mode,
        secret_key=_secret(values, "SECRET_KEY", faults),
        field_keys=_field_keys(values.get("FIELD_KEYS", ""), faults),
        blind_index_key=_key("BLIND_INDEX_KEY", values.get("BLIND_INDEX_KEY", ""), faults),
        allowed_hosts=_hosts(values, mode, faults),
        csrf_trusted_origins=_list(values.get("CSRF_TRUSTED_ORIGINS", "")),
        database_url=_url(values, "DATABASE_URL", mode, faults),
        broker_url=_url(values, "BROKER_URL", mode, faults),
        mail_server=_mail_server(values.get("EMAIL_URL", ""), faults),
        default_from_email=values.get("DEFAULT_FROM_EMAIL") or NO_SENDER,
        webhook_url=values.get("WEBHOOK_URL") or None,
        webhook_secret=values.get("WEBHOOK_SECRET") or None,
        sms_provider=values.get("SMS_PROVIDER", "compliance.notices.channels.NoSmsProvider"),
        bureau_url=values.get("BUREAU_URL") or None,
        bureau_token=values.get("BUREAU_TOKEN", ""),
        identity_url=values.get("IDENTITY_URL") or None,
        identity_token=values.get("IDENTITY_TOKEN", ""),
        static_root=Path(values.get("STATIC_ROOT") or root / "staticfiles"),
        snapshot_dir=_snapshot_dir(values.get("SNAPSHOT_DIR", ""), root, mode),
        require_second_factor=_flag(
            values, "REQUIRE_SECOND_FACTOR", default=mode != "demo", faults=faults
        ),
        is_behind_tls_proxy=_flag(values, "BEHIND_TLS_PROXY", default=False, faults=faults),
        log_level=_log_level(values.get("LOG_LEVEL") or "INFO", faults),
        campaign_lanes=_number(values, "CAMPAIGN_LANES", 4, (1, 64), faults),
        campaign_customers_per_second=_number(
            values, "CAMPAIGN_CUSTOMERS_PER_SECOND", 0, (0, 1_000_000), faults
        ),
        campaign_notices_per_second=_number(
            values, "CAMPAIGN_NOTICES_PER_SECOND", 50, (0, 1_000_000), faults
        ),
        policy_separation=_separation(values.get("POLICY_SEPARATION") or "approver", faults),
        policy_proof_days=_number(values, "POLICY_PROOF_DAYS", 7, (1, 90), faults),
        event_retention_months=_number(values, "EVENT_RETENTION_MONTHS", 36, (13, 600), faults),
    )


def _insecure(result: Environment) -> Iterator[str]:
    """What would start, and protect nothing."""
    if result.blind_index_key and result.blind_index_key in _secrets_of(result.field_keys):
        yield "BLIND_INDEX_KEY must not be one of FIELD_KEYS."
    known = _secrets_of(result.field_keys)
    if len(set(known)) != len(known):
        yield "FIELD_KEYS holds the same key under two ids."
    if result.webhook_url and not result.webhook_secret:
        yield "WEBHOOK_SECRET is required when WEBHOOK_URL is set."
    elif result.webhook_url and not _is_webhook_secret(result.webhook_secret or ""):
        yield "WEBHOOK_SECRET must be whsec_ and 24 to 64 random bytes in base64."
    schemes = ("https://", "http://") if result.is_demo else ("https://",)
    if result.webhook_url and not result.webhook_url.startswith(schemes):
        yield "WEBHOOK_URL must begin with https://."
    for name, url, token in (
        ("BUREAU", result.bureau_url, result.bureau_token),
        ("IDENTITY", result.identity_url, result.identity_token),
    ):
        if url and not url.startswith(schemes):
            yield f"{name}_URL must begin with https://."
        if url and not token and not result.is_demo:
            yield f"{name}_TOKEN is required when {name}_URL is set."
    if not all(origin.startswith(schemes) for origin in result.csrf_trusted_origins):
        yield "CSRF_TRUSTED_ORIGINS must begin with https://."


def _secrets_of(keys: tuple[FieldKey, ...]) -> list[bytes]:
    return [key.secret for key in keys if key.secret]


def _is_webhook_secret(text: str) -> bool:
    """Source: Standard Webhooks 1.0, symmetric secrets."""
    encoded = text.removeprefix("whsec_")
    try:
        secret = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return 24 <= len(secret) <= 64 and len(set(secret)) >= 12


def _secret(values: Mapping[str, str], name: str, faults: list[str]) -> str:
    value = values.get(name, "")
    if len(value) < 50 or len(set(value)) < 5 or value.startswith("django-insecure-"):
        faults.append(f"{name} must be at least 50 unpredictable characters.")
    return value


def _key(name: str, text: str, faults: list[str]) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    # 32 random bytes repeat themselves little: fewer than 16 different ones come up once in
    # 10^16 keys. A key somebody typed has fewer.
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 2:
        faults.append(f"{name} must be {KEY_BYTES} random bytes in base64.")
        return b""
    return key


def _field_keys(text: str, faults: list[str]) -> tuple[FieldKey, ...]:
    """`id:base64,id:base64`; ids are 1–15 ASCII characters, the first key is current."""
    keys = []
    for part in _list(text):
        key_id, _, encoded = part.partition(":")
        if not (key_id.isascii() and key_id.isidentifier() and len(key_id) < 16):
            faults.append("FIELD_KEYS ids must be short ASCII words: FIELD_KEYS=k1:<base64>,…")
        keys.append(FieldKey(key_id, _key(f"FIELD_KEYS[{key_id}]", encoded, faults)))
    if not keys:
        faults.append("FIELD_KEYS must hold at least one key: FIELD_KEYS=k1:<base64>.")
    if len({key.id for key in keys}) != len(keys):
        faults.append("FIELD_KEYS holds the same key id twice.")
    return tuple(keys)


def _hosts(values: Mapping[str, str], mode: str, faults: list[str]) -> tuple[str, ...]:
    if mode == "demo":  # the demo answers on this machine only
        return ("localhost", "127.0.0.1", "[::1]", "testserver")
    hosts = _list(values.get("ALLOWED_HOSTS", ""))
    if not hosts or any("*" in host for host in hosts):
        faults.append("ALLOWED_HOSTS must name the hosts served, without '*'.")
    return hosts


def _url(values: Mapping[str, str], name: str, mode: str, faults: list[str]) -> str | None:
    value = values.get(name) or None
    if value is None and mode != "demo":
        faults.append(f"{name} is required.")
    if value is not None and not _is_address(value):
        faults.append(f"{name} must be a URL: scheme://user:password@host:port/name.")
    return value


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.scheme and (parts.netloc or parts.path)) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False


def _mail_server(url: str, faults: list[str]) -> MailServer | None:
    """`smtp://` demands STARTTLS unless it ends in `?tls=none`; `smtps://` is TLS throughout."""
    if not url:
        return None
    parts = urlsplit(url if _is_address(url) else "")
    query = dict(parse_qsl(parts.query))
    is_plain = query.pop("tls", "") == "none" and parts.scheme == "smtp"
    try:
        port = parts.port or MAIL_PORTS[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not port or not parts.hostname or query or parts.scheme not in MAIL_PORTS:
        faults.append("EMAIL_URL must be smtp[s]://user:password@host:port (smtp: ?tls=none).")
        return None
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security="none" if is_plain else {"smtp": "starttls", "smtps": "tls"}[parts.scheme],
    )


def _snapshot_dir(text: str, root: Path, mode: str) -> Path:
    """Web and worker may be started in different folders: relative means beside the code."""
    return root / (text or (".sluice/snapshots" if mode == "demo" else "snapshots"))


def _log_level(text: str, faults: list[str]) -> str:
    level = text.upper()
    if level not in logging.getLevelNamesMapping():
        faults.append("LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return level


def _number(
    values: Mapping[str, str], name: str, default: int, bounds: tuple[int, int], faults: list[str]
) -> int:
    text = values.get(name) or str(default)
    least, greatest = bounds
    if not (text.isascii() and text.isdigit() and least <= int(text) <= greatest):
        faults.append(f"{name} must be a whole number from {least} to {greatest}.")
        return default
    return int(text)


def _separation(text: str, faults: list[str]) -> int:
    if text not in SEPARATIONS:
        faults.append(f"POLICY_SEPARATION must be one of {', '.join(SEPARATIONS)}.")
    return SEPARATIONS.get(text, max(SEPARATIONS.values()))


def _flag(values: Mapping[str, str], name: str, *, default: bool, faults: list[str]) -> bool:
    text = values.get(name, "").lower()
    if text not in ("", "0", "1", "true", "false"):
        faults.append(f"{name} must be true or false.")
    return text in ("1", "true") if text else default


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _demo_secrets(root: Path) -> dict[str, str]:
    """The demo's own random secrets, made on first use and kept outside version control."""
    path = root / ".sluice" / "demo-secrets.json"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "FIELD_KEYS": "demo1:" + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
            "BLIND_INDEX_KEY": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
        }
        partial = path.with_suffix(f".{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(fresh))
        try:
            os.link(partial, path)  # first writer wins when several processes start at once
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
