"""The docs page of the API in a real browser, under the content security policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.api_client import LenderApp
from tests.browser import Desk
from tests.lender import Lender

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]


def test_an_integrator_signs_in_and_tries_an_operation(
    lender_on_disk: Lender, desk: Callable[[], Desk]
) -> None:
    app = LenderApp()
    page = desk().open("/api/v1/docs")
    expect(page.locator(".opblock")).to_have_count(32)

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
