"""The console's pages as axe-core sees them, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.staff.facts import Role
from risk.policies.models import PolicyVersion
from tests.accessible import violations
from tests.browser import Desk
from tests.lender import Lender

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LISTS = (
    "accounts/customer", "accounts/access", "accounts/identitycase", "risk/event", "risk/decision",
    "risk/policyversion", "risk/policytrial", "risk/backtest", "risk/snapshot", "risk/campaign",
    "compliance/switch", "compliance/notice",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(
    desk: Callable[[], Desk], employ: Any, lender_on_disk: Lender, scheme: str
) -> None:
    customer = lender_on_disk.customer(score=610)
    lender_on_disk.decide(customer)
    version = PolicyVersion.objects.get(status="live")
    employ(Role.AUDITOR)
    here = desk()
    here.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    here.sign_in("auditor")
    pages = [
        "/admin/", *(f"/admin/{name}/" for name in LISTS),
        f"/admin/risk/policyversion/{version.pk}/change/",
        f"/admin/risk/policyversion/compare/?new={version.public_id}",
    ]  # fmt: skip
    found = {path: broken for path in pages if (broken := violations(here.open(path)))}
    assert found == {}
