"""The draft editor's page as the tests of this room use it: its grids, keys and clipboard."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from risk.policies.models import PolicyVersion
from tests.browser import Desk


def open_draft(here: Desk, version: PolicyVersion) -> Page:
    page = here.open(f"/admin/risk/policyversion/{version.pk}/change/")
    page.locator("#policy-editor[data-ready]").wait_for()
    return page


def grid(page: Page, name: str = "Restrictions") -> Any:
    return page.get_by_role("grid", name=name, exact=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def paste(page: Page, text: str) -> None:
    grid(page).evaluate(
        """(root, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            root.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        text,
    )


def copied(page: Page) -> str:
    return str(
        grid(page).evaluate(
            """(root) => {
                const clipboardData = new DataTransfer();
                root.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true }));
                return clipboardData.getData("text/plain");
            }"""
        )
    )


def saved(page: Page, version: PolicyVersion, text: str = "Saved.") -> dict[str, Any]:
    """The restrictions as they are stored once the page says so."""
    press(page, "Control+s")
    expect(page.locator(".policy-message")).to_contain_text(text)
    version.refresh_from_db()
    table: dict[str, Any] = version.content["tables"][0]
    return table
