"""The draft editor in a real browser: keys, lists, faults, trying, cases, two people at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.policies import services, starter
from risk.policies.models import PolicyCase, PolicyVersion
from tests.accessible import violations
from tests.browser import Desk
from tests.lender import AT, Lender
from tests.readable import complaints
from tests.risk.policies.draft_page import copied, grid, open_draft, paste, press, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REFUSED = "Failed to load resource: the server responded with a status of 409 (Conflict)"


def test_a_draft_is_written_with_the_keyboard_alone(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    page = edit().page
    grid(page).focus()
    press(page, *["ArrowDown"] * 5, *["ArrowRight"] * 2)
    expect(page.locator("#restrictions-5-2.is-current")).to_have_text("< 580")
    page.keyboard.type("<< 60")
    bubble = page.locator(".sheet-fault").first
    expect(bubble).to_have_text("A value is expected here.")  # while typing
    press(page, "Enter")
    expect(page.locator("#restrictions-5-2")).to_have_attribute("aria-invalid", "true")
    press(page, "Control+z")
    expect(page.locator("#restrictions-5-2")).to_have_text("< 580")
    expect(page.locator("#restrictions-5-2")).not_to_have_attribute("aria-invalid", "true")
    press(page, "F2", "Backspace", "Backspace", "1", "0", "Tab")
    expect(page.locator("#restrictions-5-2")).to_have_text("< 510")
    expect(page.locator("tr[aria-rowindex='7'] .words")).to_contain_text("below 510")

    press(page, "Control+d", "Home", "End", *["ArrowLeft"] * 3, "Enter")  # the copy's reason
    page.keyboard.type("too often")  # by its words
    listbox = page.get_by_role("listbox")
    expect(listbox.get_by_role("option")).to_have_count(1)
    press(page, "ArrowDown", "Enter")
    expect(page.locator("#restrictions-6-8")).to_have_text("APPLIED_TOO_OFTEN")
    press(page, "ArrowUp", "Alt+ArrowUp")

    press(page, "Home", "Escape", *["ArrowRight"] * 5, "Enter")  # the toolbar: add a column
    page.keyboard.type("7 days")
    press(page, "Enter")
    expect(grid(page).get_by_role("columnheader", name="applications in 7 days")).to_be_visible()
    press(page, "Delete", "Control+Enter", "Control+Delete")
    press(page, "ArrowRight", "Escape", *["ArrowRight"] * 4, "Enter")  # not knowing it is accepted
    expect(grid(page).get_by_text("unknown: accepted")).to_have_count(3)
    table = saved(page, version)
    assert [column["name"] for column in table["inputs"]][:3] == [
        "identity_status", "applications_7d", "phone_comparison",
    ]  # fmt: skip
    assert table["inputs"][1]["unknown"] == "accepted"
    rows = [(rule["inputs"][3], rule["outputs"][0]) for rule in table["rules"]]
    assert rows[5:7] == [("< 510", '"APPLIED_TOO_OFTEN"'), ("< 510", '"SCORE_TOO_LOW"')]
    assert len(rows) == len(starter.consumer_credit()["tables"][0]["rules"]) + 1


def test_blocks_come_from_and_go_to_a_spreadsheet(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    page = edit().page
    rows = len(version.content["tables"][0]["rules"])
    grid(page).click()
    press(page, "Control+a")
    whole = copied(page)
    assert whole.split("\r\n")[0].split("\t")[:2] == ["identity_status", "phone_comparison"]
    assert whole.split("\r\n")[1].split("\t")[0] == "failed"
    paste(page, whole)
    expect(page.get_by_text("Everything is saved.")).to_be_visible()  # the same again

    press(page, "Control+Home", "Control+ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight")
    paste(page, '=SUM(A1)\t1\r\n"a\tb"\t2\r\n< 500\t"say ""x"""\r\n')
    expect(grid(page)).to_have_attribute("aria-rowcount", str(rows + 3))
    expect(page.locator(f"#restrictions-{rows - 1}-2")).to_have_attribute("aria-invalid", "true")
    table = saved(page, version, "Faults")
    assert [rule["inputs"][2:4] for rule in table["rules"][-3:]] == [
        ["=SUM(A1)", "1"], ["a\tb", "2"], ["< 500", 'say "x"'],
    ]  # fmt: skip

    paste(page, "\n".join(["1"] * 10_000))
    expect(page.locator(".policy-message")).to_contain_text("at most 2000 rows")
    paste(page, "\t".join(["1"] * 30))
    expect(page.locator(".policy-message")).to_contain_text("From here 10 columns fit")
    expect(grid(page)).to_have_attribute("aria-rowcount", str(rows + 3))
    expect(page.get_by_text("Everything is saved.")).to_be_visible()


def test_a_customer_is_tried_and_kept_as_a_case_that_stands_in_the_way(
    edit: Callable[..., Desk], version: PolicyVersion, lender_on_disk: Lender, still: Any
) -> None:
    customer = lender_on_disk.customer(score=590)
    here = edit()
    page = here.page
    trial = page.get_by_role("region", name="Try a customer")
    trial.get_by_role("textbox", name="Customer").fill("C-1")
    trial.get_by_role("button", name="Use this customer's facts").click()
    expect(trial.locator(".policy-state")).to_have_text("limited")
    expect(trial.locator(".policy-answer")).to_contain_text("SCORE_TOO_LOW")
    expect(grid(page).locator("tr.is-fired .number")).to_have_text(["7"])
    expect(page.locator("#restrictions-6-2")).to_have_class("matched")
    expect(grid(page, "Terms").locator("tr.is-fired")).to_have_count(1)
    assert LedgerEntry.objects.get(action="policy.tried").subject_id == customer

    trial.get_by_label("credit score (points)").fill("710")  # nobody's score
    expect(trial.locator(".policy-state")).to_have_text("open")
    trial.get_by_role("button", name="Keep as a case").click()
    page.get_by_label("Name of the case").fill("good score")
    press(page, "Enter")
    cases = page.get_by_role("region", name="Cases")
    expect(cases.get_by_text("passes")).to_be_visible()
    assert "C-1" not in json.dumps(page.evaluate("({...localStorage})"))
    assert "710" not in json.dumps(page.evaluate("({...localStorage})"))

    page.locator("#restrictions-6-2").click()
    page.keyboard.type("[580..720)")
    press(page, "Enter")
    expect(cases.get_by_text("state: wanted open, found limited")).to_be_visible()
    saved(page, version, "Cases that fail: 1")
    case = PolicyCase.objects.get()
    assert (case.name, case.facts["score"], "customer" in case.facts) == (
        "good score", "710", False,
    )  # fmt: skip
    page.get_by_text("Submit for approval").click()
    page.fill("#dialog textarea[name=reason]", "Try")
    here.submit("Submit")
    expect(page.get_by_text("Some cases fail: good score")).to_be_visible()
    assert PolicyVersion.objects.get(pk=version.pk).status == "draft"


def test_the_second_of_two_editors_sees_both_drafts_and_loses_nothing(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    mine, theirs = edit("ada"), edit("ben")
    for page, cells in (
        (theirs.page, {"5-2": "< 600", "7-3": ">= 3"}),
        (mine.page, {"5-2": "< 590", "12-5": "[3..6]"}),
    ):
        for place, text in cells.items():
            page.locator(f"#restrictions-{place}").click()
            page.keyboard.type(text)
            press(page, "Enter")
    saved(theirs.page, version)
    page = mine.page
    press(page, "Control+s")
    box = page.get_by_role("dialog", name="Two people changed this draft")
    expect(box).to_contain_text("ben saved this draft")
    lines = box.locator("tbody tr")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("changed by both")
    expect(lines.nth(0)).to_contain_text("< 590")
    expect(lines.nth(0)).to_contain_text("< 600")
    assert mine.complaints == [REFUSED]
    mine.complaints.clear()
    box.get_by_role("button", name="Back to my work").click()
    expect(page.locator("#restrictions-5-2")).to_have_text("< 590")
    version.refresh_from_db()
    assert version.content["tables"][0]["rules"][5]["inputs"][2] == "< 600"

    press(page, "Control+s")
    lines.nth(0).get_by_role("radio").nth(1).check()
    box.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator(".policy-message")).to_contain_text("Saved.")
    version.refresh_from_db()
    rules = version.content["tables"][0]["rules"]
    cells = (rules[5]["inputs"][2], rules[7]["inputs"][3], rules[12]["inputs"][5])
    assert cells == ("< 600", ">= 3", "[3..6]")
    assert mine.complaints == [REFUSED]
    mine.complaints.clear()


def test_work_left_unsaved_is_offered_again_without_anybodys_facts(
    edit: Callable[..., Desk], version: PolicyVersion
) -> None:
    here = edit()
    page = here.page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#restrictions-5-2").click()
    page.keyboard.type("< 575")
    press(page, "Enter")
    page.get_by_label("age (years)").fill("41")
    page.goto("about:blank")
    assert asked == ["beforeunload"]
    open_draft(here, version)
    assert "41" not in page.evaluate("Object.values(localStorage).join()").replace("0.1460", "")
    expect(page.locator("#restrictions-5-2")).to_have_text("< 580")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#restrictions-5-2")).to_have_text("< 575")
    assert saved(page, version)["rules"][5]["inputs"][2] == "< 575"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))") == []


def test_two_thousand_rows_draw_only_those_in_sight(
    edit: Callable[..., Desk], version: PolicyVersion, lender_on_disk: Lender
) -> None:
    content = starter.consumer_credit()
    rules = content["tables"][0]["rules"]
    rules += [
        {**rules[5], "inputs": [*rules[5]["inputs"][:2], f"< {row}", *rules[5]["inputs"][3:]]}
        for row in range(2000 - len(rules))
    ]
    services.save_draft(
        public_id=version.public_id, content=content, revision=0,
        actor=staff(lender_on_disk.author.pk), at=AT,
    )  # fmt: skip
    page = edit().page
    grid(page).focus()
    press(page, "Control+End")
    expect(page.locator("#restrictions-1999-11.is-current")).to_be_visible()
    assert grid(page).locator("tbody tr").count() < 80
    press(page, "Control+Home")
    expect(page.locator("#restrictions-0-0.is-current")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_part_has_a_name_and_can_be_read_by_day_and_by_night(
    edit: Callable[..., Desk], version: PolicyVersion, language: str, lender_on_disk: Lender
) -> None:
    here = edit()
    here.prefer("analyst", language)
    for page in here.by_day_and_by_night(lambda: open_draft(here, version)):
        page.locator("#restrictions-4-2").click()
        page.keyboard.type("<<")
        page.locator(".sheet-fault:not([hidden])").wait_for()
        assert complaints(page, "#policy-editor") == []
        press(page, "Escape", "ArrowRight", "F1")
        assert complaints(page, "dialog") == []
        press(page, "Escape")
        page.locator(".policy-facts select").first.select_option("failed")
        page.locator(".policy-buttons button").first.click()
        page.locator("tr.is-fired").first.wait_for()
        assert complaints(page, "#policy-editor") == []
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    labels = page.locator("#policy-editor .tool").evaluate_all(
        "all => all.map(one => one.ariaLabel)"
    )
    is_chinese = [bool(re.search("[一-鿿]", label)) for label in labels]
    assert set(is_chinese) == {language == "zh-hans"}


texts = st.text(st.sampled_from('a1 "\t\n,<.]é行'), max_size=6)
blocks = st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=4).filter(
    lambda rows: len({len(row) for row in rows}) == 1 and rows[-1] != [""]
)
rows = st.lists(st.integers(0, 5), max_size=7)


@pytest.mark.parametrize("examples", [60])
def test_blocks_and_drafts_are_written_read_and_merged_without_loss(
    desk: Callable[[], Desk], live_server: Any, examples: int
) -> None:
    """One browser for all examples: every one of them is evaluated in one call."""
    cases: list[Any] = []

    @settings(max_examples=examples, database=None, derandomize=True)
    @given(blocks, rows, rows, rows)
    def gather(block: Any, base: Any, mine: Any, theirs: Any) -> None:
        cases.append([block, base, mine, theirs])

    gather()
    here = desk()
    page = here.open("/account/login/")
    found = page.evaluate(
        """async (cases) => {
            const tsv = await import("/static/policies/tsv.js");
            const { entries, merged } = await import("/static/policies/merging.js");
            return cases.map(([block, base, mine, theirs]) => ({
                block: tsv.parse(tsv.format(block)),
                untouched: merged(entries(base, mine, base)),
                theirs: merged(entries(base, base, theirs)),
                both: entries(base, mine, theirs),
            }));
        }""",
        cases,
    )
    for (block, _base, mine, theirs), answer in zip(cases, found, strict=True):
        assert answer["block"] == block
        assert answer["untouched"] == mine
        assert answer["theirs"] == theirs
        kept = [[entry[side] for entry in answer["both"] if entry[side] is not None]
                for side in ("mine", "theirs")]  # fmt: skip
        assert sorted(kept[0]) == sorted(mine)  # nobody's row is missing from what is shown
        assert sorted(kept[1]) == sorted(theirs)
