"""What a page owes people who cannot see it well, or at all: names, and words that stand out.

Source: WCAG 2.2, 4.1.2 (names), 1.4.3 (contrast of 4.5 to 1), 1.3.1 (ids that are pointed to).
"""

from __future__ import annotations

from playwright.sync_api import Page

_UNNAMED = """(within) => [...document.querySelector(within).querySelectorAll(
    "button, input, select, textarea, a, [role=grid], [role=toolbar], [role=listbox], dialog")]
    .filter((one) => one.checkVisibility())
    .filter((one) => !(one.getAttribute("aria-label") || one.innerText?.trim()
        || document.getElementById(one.getAttribute("aria-labelledby"))?.innerText.trim()
        || [...(one.labels ?? [])].some((label) => label.innerText.trim())))
    .map((one) => one.outerHTML.slice(0, 120))"""
_ASTRAY = """(within) => [...document.querySelector(within).querySelectorAll("*")].flatMap((one) =>
    ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant"]
        .flatMap((name) => (one.getAttribute(name) ?? "").split(" ").filter(Boolean))
        .filter((id) => !document.getElementById(id)))"""
_FAINT = """(within) => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const painted = (colours) => {
        pen.clearRect(0, 0, 1, 1);
        for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
        return [...pen.getImageData(0, 0, 1, 1).data];
    };
    const light = ([red, green, blue]) => [red, green, blue].map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (one) => {
        const layers = [];
        for (let at = one; at; at = at.parentElement) {
            layers.unshift(getComputedStyle(at).backgroundColor);
        }
        return layers;
    };
    const all = [...document.querySelector(within).querySelectorAll("*")];
    const hasWords = (one) =>
        [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return all.filter((one) => one.checkVisibility() && !one.disabled && one.clientWidth > 1)
        .filter(hasWords)
        .flatMap((one) => {
            const layers = behind(one);
            const front = light(painted([...layers, getComputedStyle(one).color]));
            const [less, more] = [front, light(painted(layers))].sort((a, b) => a - b);
            const contrast = (more + 0.05) / (less + 0.05);
            const found = `${contrast.toFixed(2)}: ${one.outerHTML.slice(0, 120)}`;
            return contrast < 4.45 ? [found] : [];
        });
}"""


def complaints(page: Page, within: str = "body") -> list[str]:
    """Everything wrong inside the element; empty when there is nothing."""
    return [
        f"{kind}: {found}"
        for kind, script in (("no name", _UNNAMED), ("leads nowhere", _ASTRAY), ("faint", _FAINT))
        for found in page.evaluate(script, within)
    ]
