"""The text box of the justification: there when it is needed, kept like every other part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.staff.facts import Role
from compliance.ledger.facts import staff
from risk.policies import services
from risk.policies.models import PolicyVersion
from tests.accessible import violations
from tests.browser import Desk
from tests.lender import AT, Lender
from tests.readable import complaints
from tests.risk.policies.draft_page import open_draft, press, saved
from tests.risk.policies.test_association import CLOSING, WHY, about_links
from tests.risk.policies.test_editor_page import REFUSED
from tests.risk.policies.versions import backtest, submit

pytestmark = [
    pytest.mark.browser, pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("signal_of_links"),
]  # fmt: skip


@pytest.fixture
def closing(version: PolicyVersion, lender_on_disk: Lender) -> PolicyVersion:
    """The draft closes by association, and nobody has said why."""
    services.save_draft(
        public_id=version.public_id, content=about_links(CLOSING), revision=0,
        actor=staff(lender_on_disk.author.pk), at=AT,
    )  # fmt: skip
    return version


def box(page: Page) -> Any:
    return page.get_by_role("textbox", name="Justification")


def test_it_is_asked_for_once_a_table_looks_at_links(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    before, page = version.content, edit().page
    expect(box(page)).to_be_hidden()
    page.locator("[data-verb=addColumn]").first.click()
    page.keyboard.type("shared")
    press(page, "Enter")
    expect(box(page)).to_be_visible()
    page.locator("[data-verb=undo]").first.click()
    expect(box(page)).to_be_hidden()
    saved(page, version)
    assert version.content == before


def test_what_is_written_lifts_the_fault_and_is_saved_with_the_draft(
    edit: Callable[..., Desk], closing: PolicyVersion
) -> None:
    page = edit().page
    faults = page.get_by_role("region", name="What stands in the way of submitting")
    expect(faults).to_contain_text("Restrictions, row 18, column 11: This row closes access")
    box(page).fill("Too short")
    expect(page.get_by_text("9 of at least 20 characters")).to_be_visible()
    page.get_by_role("button", name="The justification for closing because of links has").click()
    expect(box(page)).to_be_focused()
    press(page, "End")
    page.keyboard.type(WHY)
    press(page, "Control+s")  # from within the box
    expect(page.locator(".policy-message")).to_contain_text("ready to be submitted")
    closing.refresh_from_db()
    assert closing.content["association_justification"] == f"Too short{WHY}"
    expect(page.get_by_role("region", name="What somebody should look at")).to_contain_text(
        "This row closes access because of links to other people."
    )
    undo = page.locator("[data-verb=undo]").first
    undo.click()  # what was typed in one go is one step
    expect(box(page)).to_have_value("Too short")
    undo.click()
    expect(box(page)).to_have_value("")
    page.locator("[data-verb=redo]").first.dblclick()
    expect(box(page)).to_have_value(f"Too short{WHY}")


def test_it_is_offered_again_when_it_was_left_unsaved(
    edit: Callable[..., Desk], closing: PolicyVersion
) -> None:
    here = edit()
    page = here.page
    page.on("dialog", lambda dialog: dialog.accept())
    box(page).fill(WHY)
    page.goto("about:blank")
    open_draft(here, closing)
    expect(box(page)).to_have_value("")
    page.get_by_role("button", name="Bring it back").click()
    expect(box(page)).to_have_value(WHY)
    saved(page, closing)
    assert closing.content["association_justification"] == WHY


def test_of_two_peoples_texts_one_is_chosen_and_neither_lost(
    edit: Callable[..., Desk], closing: PolicyVersion
) -> None:
    mine, theirs = edit("ada"), edit("ben")
    box(theirs.page).fill(f"Ben: {WHY}")
    saved(theirs.page, closing)
    page = mine.page
    box(page).fill(f"Ada: {WHY}")
    press(page, "Control+s")
    dialog = page.get_by_role("dialog", name="Two people changed this draft")
    line = dialog.locator("tbody tr")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Why links to other people may close access · changed by both")
    expect(line).to_contain_text(f"Ada: {WHY}")
    line.get_by_role("radio").nth(1).check()
    dialog.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator(".policy-message")).to_contain_text("Saved.")
    expect(box(page)).to_have_value(f"Ben: {WHY}")
    closing.refresh_from_db()
    assert closing.content["association_justification"] == f"Ben: {WHY}"
    assert mine.complaints == [REFUSED]
    mine.complaints.clear()


@pytest.mark.parametrize(("language", "label"), [("zh-hans", "理由"), ("en", "Justification")])
def test_it_can_be_read_by_day_and_by_night(
    language: str, label: str, edit: Callable[..., Desk], closing: PolicyVersion
) -> None:
    here = edit()
    here.prefer("analyst", language)
    for page in here.by_day_and_by_night(lambda: open_draft(here, closing)):
        text = page.get_by_role("textbox", name=label, exact=True)
        text.fill("Not enough")
        text.scroll_into_view_if_needed()
        assert complaints(page, "#policy-editor") == []
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_approver_reads_a_long_one_and_still_reaches_the_button(
    closing: PolicyVersion, lender_on_disk: Lender, desk: Callable[[], Desk], employ: Any
) -> None:
    services.save_draft(
        public_id=closing.public_id, content=about_links(CLOSING, why="因关联 " * 480),
        revision=1, actor=staff(lender_on_disk.author.pk), at=AT,
    )  # fmt: skip
    submit(lender_on_disk, closing)
    backtest(lender_on_disk, closing)
    employ(Role.POLICY_APPROVER, "approving")
    here = desk()
    here.page.set_viewport_size({"width": 1300, "height": 800})
    here.sign_in("approving")
    page = here.open(f"/admin/risk/policyversion/{closing.pk}/change/")
    page.get_by_role("link", name="Approve").click()
    dialog = page.locator("#dialog")
    dialog.locator("ul.blast-radius[tabindex='0']").wait_for()
    shown = dialog.get_by_role("button", name="Approve", exact=True).bounding_box()
    assert shown is not None
    assert shown["y"] + shown["height"] <= 800
    assert violations(page) == []
