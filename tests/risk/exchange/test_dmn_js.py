"""An exported policy opens, is drawn and is saved unchanged by the editor most people use."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from risk.exchange import services
from risk.policies import starter
from risk.tables.facts import Model
from risk.tables.services import content_hash, model_from_json
from tests.packages import package

pytestmark = pytest.mark.browser
OPEN = """async xml => {
  window.editor = new DmnJS({ container: '#canvas' });
  const { warnings } = await editor.importXML(xml);
  return warnings.map(String);
}"""
VIEWS = "() => editor.getViews().map(view => [view.type, view.element.name || view.element.id])"
SHOW = """async name => {
  const view = editor.getViews().find(view => view.element.name === name);
  await editor.open(view);
}"""
SAVE = "async () => (await editor.saveXML({ format: true })).xml"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    editor = package("dmn-js") / "dist"
    opened = browser.new_page(viewport={"width": 1600, "height": 900})
    opened.set_content("<div id='canvas' style='height: 860px'></div>")
    for style in sorted((editor / "assets").glob("*.css")):
        opened.add_style_tag(path=style)
    opened.add_script_tag(path=editor / "dmn-modeler.production.min.js")
    yield opened
    opened.close()


def policy() -> Model:
    """The starter policy, with all that has to be said in another way in DMN."""
    content = copy.deepcopy(starter.consumer_credit())
    restrictions, terms = content["tables"]
    restrictions["inputs"][0]["allowed"] = ["failed", "mismatch", "unverified", "verified"]
    restrictions["rules"][0]["inputs"][0] = 'not("verified")'
    restrictions["rules"][1]["note"] = "since March:\n<& \x01 猫"
    terms["outputs"][0]["default"] = "500000"
    terms["outputs"][1]["default"] = "0.1"
    terms["outputs"][2]["default"] = "3"
    return model_from_json(content)


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def test_the_editor_draws_the_policy_and_saves_it_as_it_was(page: Page, tmp_path: Path) -> None:
    model = policy()
    xml = services.dmn_from_model(model=model, name="Flex Credit v1").decode()
    assert page.evaluate(OPEN, xml) == []
    views: list[Any] = page.evaluate(VIEWS)
    assert views == [
        ["drd", "Flex Credit v1"], ["decisionTable", "restrictions"], ["decisionTable", "terms"],
    ]  # fmt: skip
    signals = {column.name for table in model.tables for column in table.inputs}
    assert page.locator(".djs-shape[data-element-id^=signal_]").count() == len(signals)
    assert page.locator(".djs-shape[data-element-id^=decision_]").count() == 2
    assert page.locator(".djs-connection").count() == sum(len(t.inputs) for t in model.tables)
    page.screenshot(path=tmp_path / "drawing.png")

    page.evaluate(SHOW, "restrictions")
    assert page.locator(".tjs-table tbody td.rule-index").count() == len(model.tables[0].rules)
    assert texts(page, "td.input-cell")[:2] == ['not("verified", null)', "-"]
    assert texts(page, "td.output-cell")[:2] == ['"IDENTITY_FAILED"', '"CLOSED"']
    assert "since March:" in texts(page, "td.annotation")[1]
    page.screenshot(path=tmp_path / "table.png")

    saved = services.model_from_dmn(raw=page.evaluate(SAVE).encode())
    assert saved == model
    assert content_hash(saved) == content_hash(model)
