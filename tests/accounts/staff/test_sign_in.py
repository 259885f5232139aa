"""Signing in: who may, how often, and what is remembered of it."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    TOTP,
    format_hotp_value,
    hotp_value,
)
from django.core.management import call_command
from django.test import Client

from accounts.staff.models import StaffUser
from backoffice.lib import crypto
from compliance.ledger.models import LedgerEntry
from tests.accounts.staff.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def actions() -> list[tuple[str, str]]:
    rows = LedgerEntry.objects.order_by("id").values_list("action", "subject_id")
    return [row for row in rows if row[0].startswith("staff.")]


def test_the_console_sends_strangers_to_the_sign_in_page(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/login/?next=%2Fadmin%2F"
    assert answer.status_code == 200


def test_the_right_password_opens_the_console_and_is_recorded(client: Client, person) -> None:
    user = person()
    answer = sign_in(client)
    assert (answer.status_code, answer.url) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert actions() == [("staff.logged_in", str(user.pk))]


def test_a_wrong_password_is_recorded_without_what_was_typed(client: Client, person) -> None:
    user = person()
    assert sign_in(client, password="hunter2-wrong").status_code == 200
    assert sign_in(client, username="my-password-by-mistake").status_code == 200

    assert actions() == [
        ("staff.login_failed", str(user.pk)),
        ("staff.login_failed", "unknown"),
    ]
    for entry in LedgerEntry.objects.all():
        assert "hunter2" not in str(vars(entry))
        assert "mistake" not in str(vars(entry))


def test_the_sixth_wrong_password_for_one_name_is_refused_even_if_right(
    client: Client, person
) -> None:
    person()
    for _ in range(5):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 200  # the form again, with the right password
    assert client.get("/admin/").status_code == 302
    assert [action for action, _subject in actions()] == ["staff.login_failed"] * 5


def test_a_closed_account_does_not_open(client: Client, person) -> None:
    person(is_active=False)
    sign_in(client)
    assert client.get("/admin/").status_code == 302


def test_somebody_who_is_not_staff_sees_no_console(client: Client) -> None:
    StaffUser.objects.create_user("guest", password=PASSWORD)
    sign_in(client, "guest")
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "password/set/", "3rdparty/signup/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_the_library_opens_to_the_public_is_closed(
    client: Client, path: str, method: str
) -> None:
    given = {"username": "eve", "password1": PASSWORD, "email": "eve@example.org"}
    answer = getattr(client, method)(f"/account/{path}", given)
    assert answer.status_code == 403
    assert not StaffUser.objects.exists()


def test_signing_out_through_the_console_is_recorded(client: Client, person) -> None:
    user = person()
    sign_in(client)
    assert client.post("/admin/logout/").status_code == 302
    assert client.get("/admin/").status_code == 302
    assert actions()[-1] == ("staff.logged_out", str(user.pk))


def test_createsuperuser_makes_somebody_who_can_open_the_console(client: Client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="chief", email="", interactive=False, verbosity=0)
    sign_in(client, "chief")
    assert client.get("/admin/").status_code == 200


def test_a_totp_secret_lies_sealed_in_the_database_and_still_signs_in(
    client: Client, person
) -> None:
    user = person()
    TOTP.activate(user, SECRET)

    stored = Authenticator.objects.get(user=user).data["secret"]
    assert SECRET not in stored
    assert crypto.unseal(bytes.fromhex(stored), context="staff.second_factor") == SECRET

    assert sign_in(client).url == "/account/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert client.get("/admin/").status_code == 302
    client.post("/account/2fa/authenticate/", {"code": code_now()})
    assert client.get("/admin/").status_code == 200


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def test_the_second_factor_is_demanded_before_any_page_where_the_lender_says_so(
    client: Client, person, settings
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    user = person()
    sign_in(client)
    for path in ("/admin/", "/admin/accounts/customer/", "/admin/nowhere/"):
        answer = client.get(path)
        assert (answer.status_code, answer.url) == (302, "/account/2fa/")
    assert client.get("/account/2fa/").status_code == 200

    TOTP.activate(user, SECRET)
    assert client.get("/admin/").status_code == 200


def test_without_that_demand_the_home_page_only_hints(client: Client, person, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    user = person(language="en")
    sign_in(client)
    assert "Set up a second factor" in client.get("/admin/").content.decode()
    TOTP.activate(user, SECRET)
    assert "Set up a second factor" not in client.get("/admin/").content.decode()


def test_the_last_second_factor_stays_where_it_is_demanded(client: Client, person, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    user = person()
    sign_in(client)
    TOTP.activate(user, SECRET)
    client.post("/account/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=user, type="totp").count() == 1


def test_setting_up_an_authenticator_is_recorded(
    client: Client, person, django_capture_on_commit_callbacks
) -> None:
    user = person()
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/2fa/totp/activate/")
    secret = client.session[SECRET_SESSION_KEY]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/2fa/totp/activate/", {"code": code})
    assert ("staff.second_factor_changed", str(user.pk)) in actions()
