"""Any two versions of a product are compared on one page, and in a shell."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.access.models import Product
from accounts.staff.facts import Role
from risk.policies import comparing, starter
from risk.policies.models import PolicyVersion
from tests.console import statements
from tests.lender import Lender
from tests.risk.policies.versions import alter_behind_the_triggers, draft

COMPARE = "/admin/risk/policyversion/compare/"
AsRole = Callable[[Role], Client]


def tighter() -> dict[str, Any]:
    """A threshold moved, a row put in, one taken out and one moved."""
    content = copy.deepcopy(starter.consumer_credit())
    rules = content["tables"][0]["rules"]
    rules[5]["inputs"][2] = "< 600"
    rules.insert(1, {"inputs": ["-"] * 5 + ["> 9", "-", "-"],
                     "outputs": ['"APPLIED_TOO_OFTEN"', '"CLOSED"', "", "90"],
                     "note": "<script>since March</script>"})  # fmt: skip
    del rules[14]
    rules.insert(0, rules.pop(14))
    return content


def live() -> PolicyVersion:
    return PolicyVersion.objects.get(status="live")


def page(browser: Client, **chosen: str) -> str:
    answer = browser.get(COMPARE, chosen)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_draft_is_compared_with_the_version_in_force(lender: Lender, as_role: AsRole) -> None:
    version = draft(lender, tighter())
    text = page(as_role(Role.AUDITOR), new=version.public_id)
    assert "1 row added · 1 row removed · 1 row changed · 1 row moved" in text
    assert "<del>&lt; 580</del> <ins>&lt; 600</ins>" in text
    assert '<span class="mark">+</span> added' in text
    assert '<span class="mark">−</span> removed' in text
    assert '<span class="mark">↕</span> moved' in text
    assert "18 → 1" not in text
    assert "17 → 1" in text
    assert "&lt;script&gt;since March&lt;/script&gt;" in text
    assert "rows are the same" in text
    assert "Nothing differs." in text  # of the terms


def test_both_versions_are_chosen_from_the_products_own(lender: Lender, as_role: AsRole) -> None:
    first, second = live(), draft(lender, tighter())
    text = page(as_role(Role.AUDITOR), old=second.public_id, new=first.public_id)
    assert "<del>&lt; 600</del> <ins>&lt; 580</ins>" in text
    assert text.count(f'<option value="{first.public_id}"') == 2
    assert f'<option value="{second.public_id}" selected>' in text


def test_equal_versions_are_said_to_be_equal(lender: Lender, as_role: AsRole) -> None:
    draft(lender)
    assert "The two versions say the same, cell for cell." in page(as_role(Role.AUDITOR))


def test_the_first_version_of_all_is_compared_with_itself(lender: Lender, as_role: AsRole) -> None:
    assert "The two versions say the same" in page(as_role(Role.AUDITOR), new=live().public_id)


def test_only_so_many_rows_are_shown_and_the_page_says_so(
    lender: Lender, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "ROWS_SHOWN", 1)
    draft(lender, tighter())
    assert "3 more rows differ; manage.py policy_diff shows every one." in page(
        as_role(Role.AUDITOR)
    )


def test_the_page_asks_the_database_little(lender: Lender, as_role: AsRole) -> None:
    version = draft(lender, tighter())
    browser = as_role(Role.AUDITOR)
    page(browser, new=version.public_id)
    with statements() as found:
        page(browser, new=version.public_id)
    assert len([sql for sql in found if "risk_policyversion" in sql]) == 3


@pytest.mark.parametrize("chosen", [{"old": "pol_x"}, {"new": "pol_x"}, {"new": "\x00"}])
def test_a_version_that_is_not_there_is_said_to_be_missing(
    chosen: dict[str, str], lender: Lender, as_role: AsRole
) -> None:
    answer = as_role(Role.AUDITOR).get(COMPARE, chosen, follow=True)
    assert "No such policy version." in answer.content.decode()


def test_versions_of_two_products_are_not_compared(lender: Lender, as_role: AsRole) -> None:
    product = Product.objects.get()
    product.pk, product.code = None, "other"
    product.save()
    other = PolicyVersion.objects.create(
        public_id="pol_other", product=product, number=1, title="other",
        content=starter.consumer_credit(), created_at=live().created_at,
    )  # fmt: skip
    chosen = {"old": live().public_id, "new": other.public_id}
    answer = as_role(Role.AUDITOR).get(COMPARE, chosen, follow=True)
    assert "Choose two versions of one product." in answer.content.decode()


def test_without_any_version_there_is_nothing_to_compare(db: None, as_role: AsRole) -> None:
    answer = as_role(Role.AUDITOR).get(COMPARE, follow=True)
    assert "There is no policy version yet." in answer.content.decode()


def test_the_versions_own_page_leads_here_and_to_the_files(lender: Lender, as_role: AsRole) -> None:
    version = live()
    text = as_role(Role.AUDITOR).get(f"/admin/risk/policyversion/{version.pk}/change/")
    body = text.content.decode()
    assert f"{COMPARE}?new={version.public_id}" in body
    assert f"/admin/risk/policyversion/{version.pk}/xlsx/" in body
    assert f"/admin/risk/policyversion/{version.pk}/dmn/" in body


def shell(*arguments: str) -> str:
    out = io.StringIO()
    call_command("policy_diff", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_every_row(lender: Lender) -> None:
    draft(lender, tighter())
    assert shell("flex-credit@1", "flex-credit@2").splitlines() == [
        "restrictions: changed (1 added, 1 removed, 1 changed, 1 moved)",
        "  row 17 → 1 moved",
        '+ row 3: applications_30d > 9; reason "APPLIED_TOO_OFTEN"; effect "CLOSED"; days 90',
        "~ row 6 → 8: score < 580 → < 600",
        '- row 14: utilisation > 0.9; reason "UTILISATION_HIGH"; effect "LIMITED"; '
        "limit_cents 1500000",
    ]


def test_the_command_prints_json_of_what_differs(lender: Lender) -> None:
    version = draft(lender, tighter())
    found = json.loads(shell(live().public_id, version.public_id, "--json"))
    table, terms = found["tables"]
    assert (found["is_same"], terms["change"], terms["rows"]) == (False, "same", [])
    assert table["count"] == {"added": 1, "removed": 1, "changed": 1, "moved": 1}
    (row,) = [row for row in table["rows"] if row["change"] == "changed"]
    assert (row["old_number"], row["new_number"], row["old"][2], row["new"][2]) == (
        6, 8, "< 580", "< 600",
    )  # fmt: skip


def test_the_command_says_that_nothing_differs(lender: Lender) -> None:
    assert shell("flex-credit@1", "flex-credit@1") == "The two versions say the same.\n"


@pytest.mark.parametrize("name", ["pol_x", "flex-credit@9", "flex-credit@x", "@1", "flex-credit@²"])
def test_the_command_names_a_version_that_is_not_there(name: str, lender: Lender) -> None:
    with pytest.raises(CommandError, match="There is no policy version"):
        shell("flex-credit@1", name)


def test_an_unreadable_version_is_told_and_not_compared(lender: Lender) -> None:
    version = draft(lender)
    PolicyVersion.objects.filter(pk=version.pk).update(content={"tables": 7})
    with pytest.raises(CommandError, match="cannot be read"):
        shell("flex-credit@1", "flex-credit@2")


def test_the_page_outlives_an_unreadable_version(lender: Lender, as_role: AsRole) -> None:
    version = draft(lender)
    PolicyVersion.objects.filter(pk=version.pk).update(content={"tables": 7})
    answer = as_role(Role.AUDITOR).get(COMPARE, {"new": version.public_id}, follow=True)
    assert "The stored policy cannot be read." in answer.content.decode()
    alter_behind_the_triggers(live())
    assert "&quot;verified&quot;" not in page(as_role(Role.AUDITOR), new=live().public_id, old="")
