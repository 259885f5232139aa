"""What axe-core finds wrong with a page: the rules of WCAG 2.0 to 2.2, levels A and AA."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.packages import package

_RUN = """async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations, passes } = await axe.run(document, { runOnly: tags });
    return [passes.length, violations.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`))];
}"""


def violations(page: Page) -> list[str]:
    """One line for every element that breaks a rule."""
    script = package("axe-core") / "axe.min.js"
    page.evaluate(script.read_text())  # the page's own policy allows no foreign script element
    passed, found = page.evaluate(_RUN)
    assert passed > 10, "axe-core looked at nothing"
    return list(found)
