"""A decision's tables as people see them."""

from __future__ import annotations

import pytest

from risk.policies import screens, starter, verbs
from risk.tables.facts import Model
from risk.tables.services import compile_model, model_from_json
from tests.lender import Lender
from tests.risk.policies.versions import LIVE, REJECTED, RETIRED, draft, version_in

FACTS = {
    "identity_status": "verified", "phone_comparison": "differs", "score": 610,
    "months_late_now": 0, "months_late_max_6m": 0, "applications_30d": 1, "utilisation": None,
    "age_years": 30,
}  # fmt: skip


def shown() -> dict[str, list[int]]:
    """Table → the numbers of the rows drawn as decisive."""
    content = starter.consumer_credit()
    model: Model = model_from_json(content)
    outcomes = compile_model(model).evaluate(FACTS)
    return {
        table["name"]: [rule["number"] for rule in table["rules"] if rule["is_fired"]]
        for table in screens.traced_tables(
            content, {name: found.trace for name, found in outcomes.items()}
        )
    }


def test_every_restriction_that_fits_is_shown_as_a_cause() -> None:
    assert shown()["restrictions"] == [4, 7]


def test_of_the_terms_only_the_row_that_decided_is_shown() -> None:
    assert shown()["terms"] == [4]


@pytest.mark.parametrize("status", [LIVE, RETIRED, REJECTED])
@pytest.mark.django_db
def test_a_copy_is_offered_only_while_the_product_has_no_draft(status, lender: Lender) -> None:
    version = version_in(status, lender)
    assert "copy_to_draft" in verbs.possible(version)
    draft(lender)
    assert "copy_to_draft" not in verbs.possible(version)
