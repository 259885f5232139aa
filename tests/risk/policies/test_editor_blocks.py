"""A block of a spreadsheet wider than the table: what fits, what does not, and the way on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from risk.policies.models import PolicyVersion
from tests.browser import Desk
from tests.risk.policies.draft_page import grid, paste, press, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_empty_beyond_the_table_is_left_out_and_undone_in_one_step(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    before = version.content
    page = edit().page
    message, undo = page.locator(".policy-message"), page.locator("[data-verb=undo]").first
    page.locator("#restrictions-5-10").click()  # the last but one of twelve columns
    paste(page, "700000\t30\t\t \t\r\n\t60\r\n")
    expect(page.locator("#restrictions-5-10")).to_have_text("700000")
    expect(page.locator("#restrictions-5-11")).to_have_text("30")
    expect(page.locator("#restrictions-6-11")).to_have_text("60")
    expect(message).to_be_empty()
    undo.click()
    expect(page.get_by_text("Everything is saved.")).to_be_visible()
    expect(page.locator("#restrictions-5-11")).to_be_empty()

    # Empty cells that have a place are cells: they empty what was there.
    page.locator("#restrictions-3-9").click()
    paste(page, "LIMITED\t900000\t\t\t\n")
    expect(page.locator("#restrictions-3-10")).to_have_text("900000")
    undo.click()

    # Under names too, and names of nothing over nothing are none.
    page.locator("#restrictions-0-0").click()
    paste(page, "score\tdays\t\t\n< 500\t7\t\t\n")
    expect(page.locator("#restrictions-0-2")).to_have_text("< 500")
    expect(page.locator("#restrictions-0-11")).to_have_text("7")
    undo.click()
    expect(page.get_by_text("Everything is saved.")).to_be_visible()
    assert saved(page, version) == before["tables"][0]


def test_what_has_no_place_is_named_with_the_way_on_and_nothing_is_changed(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    before = version.content
    page = edit().page
    message = page.locator(".policy-message")
    page.locator("#restrictions-5-10").click()
    paste(page, "1\t2\t\t\t\r\n3\t4\t\t< 5\t a very long cell of a spreadsheet\r\n")
    expect(message).to_have_text(
        "Nothing was changed. From here 2 columns fit; these of the block do not: "
        "4 (“< 5”), 5 (“a very long cell of …”). For more signals, add their columns first (Add a "
        "column), or write the signals' names in the block's first line."
    )
    paste(page, "\t".join(map(str, range(1, 31))))
    expect(message).to_contain_text("3 (“3”), 4 (“4”), 5 (“5”), 6 (“6”), 7 (“7”), 8 (“8”), and 22")
    paste(page, "score\tdays\n< 500\t7\tstray\n")
    expect(message).to_contain_text(
        "From here 2 columns fit; these of the block do not: 3 (“stray”)"
    )
    expect(grid(page)).to_have_attribute("aria-rowcount", "18")
    expect(page.get_by_text("Everything is saved.")).to_be_visible()

    # As it says: with names in the first line new columns are added, and one step takes them away.
    paste(page, "applications_7d\tdays\n> 3\t7\n")
    expect(grid(page).get_by_role("columnheader", name="applications in 7 days")).to_be_visible()
    press(page, "Control+z")
    expect(grid(page).get_by_role("columnheader", name="applications in 7 days")).to_have_count(0)
    assert saved(page, version) == before["tables"][0]
