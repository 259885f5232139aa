"""The docs page of the API in a real browser, under the content security policy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.api_client import LenderApp
from tests.lender import Lender

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
def app(lender_on_disk: Lender) -> LenderApp:
    """Made before the browser starts: inside its event loop Django opens a second connection,
    which nobody would close.
    """
    return LenderApp()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    if not os.path.exists(CHROMIUM):
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()


def test_an_integrator_signs_in_and_tries_an_operation(
    app: LenderApp, live_server: Any, page: Page
) -> None:
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/api/v1/docs")
    expect(page.locator(".opblock")).to_have_count(27)

    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".auth-container").first
    dialog.get_by_label("client_id").fill(app.client.id)
    dialog.get_by_label("client_secret").fill(app.secret)
    dialog.get_by_text("select all", exact=True).click()
    dialog.locator("button.authorize").click()
    expect(dialog.get_by_text("Logout")).to_be_visible()
    dialog.locator("button.btn-done").click()

    operation = page.locator("#operations-products-products_get")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("code").fill("flex-credit")
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer).to_contain_text("200")
    expect(answer).to_contain_text("max_amount_cents")
    assert complaints == []
