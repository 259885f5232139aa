"""Who may call: client credentials, scopes, and nothing by default."""

from __future__ import annotations

import datetime as dt
import io
from unittest import mock

import pytest
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.staff.models import StaffUser
from backoffice.api.scopes import SCOPES
from tests.api_client import LenderApp
from tests.backoffice.api.urls import WORKED
from tests.problems import problem

CHALLENGE = 'Bearer realm="sluice"'


def refused(app: LenderApp, authorization: str) -> str:
    answer = app.http.get("/api/v1/things", headers={"authorization": authorization})
    problem(answer, 401, "authentication_failed")
    return str(answer["WWW-Authenticate"])


def test_a_token_names_its_client(app: LenderApp) -> None:
    assert app.get("things").json()["client"] == app.client.id


def test_no_token_is_challenged_without_an_error(app: LenderApp) -> None:
    answer = app.http.get("/api/v1/things")
    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == CHALLENGE


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Token", "Bear"])
def test_another_scheme_is_no_token(app: LenderApp, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {app.token}"}
    problem(app.http.get("/api/v1/things", headers=headers), 401, "not_authenticated")


@pytest.mark.parametrize("token", ["x", "", " ", "a" * 513, "张", "\x00", "a b", "a" * 100_000])
def test_garbage_is_an_invalid_token(app: LenderApp, token: str) -> None:
    assert refused(app, f"Bearer {token}") == f'{CHALLENGE}, error="invalid_token"'


def test_the_scheme_is_read_in_any_case(app: LenderApp) -> None:
    headers = {"authorization": f"bEaReR {app.token}"}
    assert app.http.get("/api/v1/things", headers=headers).status_code == 200


def test_an_expired_token_is_invalid(app: LenderApp) -> None:
    Token.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert "invalid_token" in refused(app, f"Bearer {app.token}")


def test_a_token_that_speaks_for_a_person_opens_nothing(app: LenderApp) -> None:
    person = StaffUser.objects.create_user("wang", password=None)
    Token.objects.update(user=person)
    assert "invalid_token" in refused(app, f"Bearer {app.token}")


def test_a_token_of_another_kind_opens_nothing(app: LenderApp) -> None:
    Token.objects.update(type=Token.Type.REFRESH_TOKEN)
    assert "invalid_token" in refused(app, f"Bearer {app.token}")


def test_a_deleted_clients_token_opens_nothing(app: LenderApp) -> None:
    Client.objects.filter(id=app.client.id).delete()
    assert "invalid_token" in refused(app, f"Bearer {app.token}")


def test_tokens_and_secrets_are_kept_hashed(app: LenderApp) -> None:
    assert Token.objects.get().hash == get_adapter().hash_token(app.token)
    assert app.token not in Token.objects.get().hash
    assert app.secret not in Client.objects.get(id=app.client.id).secret


def test_a_scope_opens_its_method_only(db: None) -> None:
    reader = LenderApp(scopes=["customers:read"])
    assert reader.get("things").status_code == 200
    answer = reader.post("things", {"name": "a"})
    problem(answer, 403, "insufficient_scope")
    assert answer["WWW-Authenticate"] == f'{CHALLENGE}, error="insufficient_scope"'
    assert WORKED == []


def test_a_scope_is_asked_for_before_the_key_and_the_body(db: None) -> None:
    reader = LenderApp(scopes=["customers:read"])
    problem(reader.post("things", "{", key=""), 403, "insufficient_scope")


def test_a_view_that_names_no_scope_is_closed_to_everybody(app: LenderApp) -> None:
    problem(app.get("no-scope"), 403, "insufficient_scope")


def test_a_scope_taken_from_the_client_is_gone_at_once(app: LenderApp) -> None:
    assert app.get("things").status_code == 200
    app.client.set_scopes([scope for scope in SCOPES if scope != "customers:read"])
    app.client.save()
    problem(app.get("things"), 403, "insufficient_scope")
    assert app.post("things", {"name": "a"}).status_code == 201


def test_a_scope_added_to_the_client_needs_a_new_token(db: None) -> None:
    app = LenderApp(scopes=["products:read"])
    app.client.set_scopes(list(SCOPES))
    app.client.set_default_scopes(list(SCOPES))
    app.client.save()
    problem(app.get("things"), 403, "insufficient_scope")
    app.token = app.ask_for_token().json()["access_token"]
    assert app.get("things").status_code == 200


def test_recognising_the_caller_takes_one_query(
    app: LenderApp, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        app.get("things")


# ── the token endpoint ──────────────────────────────────────────────────────────────────────


def test_the_endpoint_gives_an_hour_and_the_clients_scopes(app: LenderApp) -> None:
    answer = app.ask_for_token()
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert set(body["scope"].split()) == set(SCOPES)
    assert "no-store" in answer["Cache-Control"]


def test_fewer_scopes_may_be_asked_for(app: LenderApp) -> None:
    app.token = app.ask_for_token(scope="products:read customers:write").json()["access_token"]
    problem(app.get("things"), 403, "insufficient_scope")
    assert app.post("things", {"name": "a"}).status_code == 201


def test_more_scopes_than_the_client_has_are_refused(db: None) -> None:
    app = LenderApp(scopes=["products:read"])
    answer = app.ask_for_token(scope="products:read customers:write")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_a_wrong_secret_is_refused(app: LenderApp) -> None:
    answer = app.ask_for_token(secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_database_restart_is_503_here_too(app: LenderApp) -> None:
    with mock.patch.object(Client, "check_secret", side_effect=OperationalError):
        answer = app.ask_for_token()
    problem(answer, 503, "database_unavailable")
    assert (answer["Retry-After"], len(answer["X-Request-ID"])) == ("2", 32)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", "username": "a", "password": "b"}, "unauthorized_client"),
        ({"grant_type": "authorization_code", "code": "x"}, "unauthorized_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unauthorized_client"),
        ({"grant_type": "x"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
)
def test_no_other_grant_is_open(app: LenderApp, form: dict[str, str], error: str) -> None:
    answer = app.ask_for_token(**form)
    assert (answer.status_code // 100, "access_token" in answer.json()) == (4, False)


@pytest.mark.parametrize(
    "path",
    [
        ".well-known/openid-configuration", ".well-known/jwks.json", "identity/o/authorize",
        "identity/o/device", "identity/o/logout", "identity/o/api/userinfo",
        "identity/o/api/device/code", "identity/o/api/clients", "identity/o/api/introspect",
    ],
)  # fmt: skip
def test_nothing_else_of_the_login_librarys_server_is_open(path: str) -> None:
    with pytest.raises(Resolver404):
        resolve(f"/{path}", urlconf="backoffice.urls")


def test_a_token_can_be_given_back(app: LenderApp, settings: object) -> None:
    settings.ROOT_URLCONF = "backoffice.urls"  # type: ignore[attr-defined]
    form = {"token": app.token, "client_id": app.client.id, "client_secret": app.secret}
    assert app.http.post("/identity/o/api/revoke", form).status_code == 200
    problem(app.get("products"), 401, "authentication_failed")


# ── manage.py create_api_client ─────────────────────────────────────────────────────────────


def test_the_command_prints_a_secret_that_works(app: LenderApp) -> None:
    out = io.StringIO()
    call_command("create_api_client", "Bank", "--scopes", "customers:read", "--id", "b", stdout=out)
    printed = dict(line.split("=", 1) for line in out.getvalue().split())
    app.client, app.secret = Client.objects.get(id="b"), printed["client_secret"]
    assert printed["client_id"] == "b"
    assert app.ask_for_token().json()["scope"] == "customers:read"
    with pytest.raises(CommandError):
        call_command("create_api_client", "Bank", "--id", "b", stdout=out)
    with pytest.raises(CommandError):
        call_command("create_api_client", "Bank", "--scopes", "everything", stdout=out)
