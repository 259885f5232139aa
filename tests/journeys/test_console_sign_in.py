"""Staff sign in with what the lender asks of them, and read the console in their language."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import expect

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser
from compliance.ledger.models import LedgerEntry
from tests.browser import PASSWORD, Desk

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SECONDS_A_CODE = 30


def code_now(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // SECONDS_A_CODE)))


def confirm(desk: Desk) -> None:
    """The password once more, before anything about the account itself is changed."""
    expect(desk.page.get_by_role("heading", name="Confirm Access")).to_be_visible()
    desk.page.fill("input[name=password]", PASSWORD)
    desk.page.get_by_role("button", name="Confirm").click()


def sign_out(desk: Desk) -> None:
    desk.open("/account/logout/")
    desk.page.locator("#content").get_by_role("button", name="Sign Out").click()
    expect(desk.page).to_have_url(f"{desk.base}/account/login/")


def test_a_password_and_an_authenticator_app(desk: Callable[[], Desk], employ) -> None:
    employ(Role.AUDITOR, "zhao")
    here = desk()
    page = here.sign_in("zhao")
    expect(page.get_by_text("Your account has only a password.")).to_be_visible()

    page.get_by_role("link", name="Set up a second factor").click()
    page.get_by_role("link", name="Activate").first.click()
    confirm(here)
    secret = page.locator("input[disabled]").input_value()
    page.fill("input[name=code]", "000000")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    secret = page.locator("input[disabled]").input_value()
    page.fill("input[name=code]", code_now(secret))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("recovery codes").first).to_be_visible()
    cache.clear()  # a code is good once; half a minute would pass at a real desk

    sign_out(here)
    here.sign_in("zhao")
    expect(page.get_by_role("heading", name="Two-Factor Authentication")).to_be_visible()
    here.open("/admin/")
    assert page.url.startswith(f"{here.base}/account/")  # the password alone opens nothing

    page.fill("input[name=code]", code_now(secret))
    page.get_by_role("button", name="Sign In").first.click()
    expect(page).to_have_url(f"{here.base}/admin/")
    expect(page.get_by_text("Your account has only a password.")).not_to_be_visible()


def test_a_passkey_alone_opens_the_console(desk: Callable[[], Desk], employ) -> None:
    user = employ(Role.AUDITOR, "qian")
    here = desk()
    devtools = here.page.context.new_cdp_session(here.page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    here.sign_in("qian")
    page = here.open("/account/2fa/webauthn/add/")
    confirm(here)
    page.fill("input[name=name]", "laptop")
    page.locator("input[name=passwordless]").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("recovery codes").first).to_be_visible()
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1

    sign_out(here)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{here.base}/admin/")
    entries = LedgerEntry.objects.filter(subject_kind="staff", subject_id=str(user.pk))
    assert entries.filter(action="staff.logged_in").count() == 2


def test_the_language_is_switched_before_and_after_sign_in_and_remembered(
    desk: Callable[[], Desk], employ
) -> None:
    employ(Role.AUDITOR, "sun")
    here = desk()
    page = here.open("/account/login/")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.fill("input[name=login]", "sun")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("link", name="应急开关")).to_be_visible()

    page.locator("#nav-sidebar").get_by_text("sun").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Switches")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    assert StaffUser.objects.get(username="sun").language == "en"
