"""What axe-core finds wrong with a page: the rules of WCAG 2.0 to 2.2, levels A and AA.

axe-core is somebody else's program under its own licence: `make test` installs it beside the
project, pinned and checked by hash, and nothing of it is part of the repository.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / ".sluice/npm/node_modules/axe-core/axe.min.js"
_RUN = """async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations, passes } = await axe.run(document, { runOnly: tags });
    return [passes.length, violations.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`))];
}"""


def violations(page: Page) -> list[str]:
    """One line for every element that breaks a rule."""
    if not AXE.is_file():
        pytest.skip("no axe-core: install npm and run `make test`, which fetches it")
    page.evaluate(AXE.read_text())  # the page's own policy allows no foreign script element
    passed, found = page.evaluate(_RUN)
    assert passed > 10, "axe-core looked at nothing"
    return list(found)
