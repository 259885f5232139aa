"""A policy goes out as a workbook and comes back as it was; other workbooks are refused by cell."""

from __future__ import annotations

from hypothesis import given

from risk.exchange import services
from risk.tables.facts import Model
from risk.tables.services import content_hash
from tests.risk.exchange.models import stored_models


@given(stored_models())
def test_what_goes_out_as_a_workbook_comes_back_as_it_was(model: Model) -> None:
    back = services.model_from_workbook(raw=services.workbook_from_model(model=model))
    assert back == model
    assert content_hash(back) == content_hash(model)
