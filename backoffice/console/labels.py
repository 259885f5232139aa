"""Colours and words that are the same on every screen."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.utils import display_for_label

STATE_COLOURS = {
    "OPEN": "success", "LIMITED": "warning", "CLOSED": "danger",
    "verified": "success", "mismatch": "danger", "failed": "danger", "unverified": "warning",
    "match": "success", "typo": "warning", "differs": "danger", "invalid": "danger",
    "sent": "success", "queued": "info", "sending": "info", "skipped": "default",
    "draft": "default", "submitted": "info", "backtested": "info", "approved": "primary",
    "scheduled": "warning", "live": "success", "rejected": "danger",
    "retired": "default", "running": "info", "finished": "success", "paused": "warning",
    "cancelled": "default", "stopped": "danger",
    "open": "warning", "waiting": "info", "decided": "success", "settled": "default",
    "taking": "info", "ready": "success", "removed": "default",
    "held": "warning", "stuck": "danger",
    "passed": "success", "inconclusive": "warning", "on": "danger", "off": "default",
}  # fmt: skip
# For charts: readable on white and on black.
CHART_COLOURS = {"OPEN": "#0d9488", "LIMITED": "#d97706", "CLOSED": "#dc2626"}
SERIES_COLOURS = (
    "#0d9488", "#d97706", "#dc2626", "#2563eb", "#7c3aed", "#64748b", "#db2777", "#65a30d",
)  # fmt: skip
ACCESS_WORDS = {"OPEN": _("open"), "LIMITED": _("limited"), "CLOSED": _("closed")}


def coloured(code: str, text: Any = None) -> SafeString:
    """A state as a coloured label, in lists and on pages alike."""
    if not code:
        return format_html('<span class="text-subtle">{}</span>', text or "—")
    words = text or ACCESS_WORDS.get(code, code)
    label: SafeString = display_for_label((code, words), "—", STATE_COLOURS)
    return label


def product_name(product: Any) -> str:
    """What people call a product, in the operator's language; its code is for machines."""
    is_chinese = (get_language() or "zh-hans").startswith("zh")
    return str(product.name_zh if is_chinese else product.name_en)


def shortened(text: str, *, at_most: int) -> str:
    """The text's first words, cut with an ellipsis; a full stop at the end is dropped."""
    whole = text.strip().rstrip("。.")
    return whole if len(whole) <= at_most else f"{whole[: at_most - 1].rstrip()}…"


def page_link(model: str, key: Any, text: Any) -> SafeString:
    """A link to one row's page. `model` is `app_model`; without such a page, the bare text."""
    try:
        address = reverse(f"admin:{model}_change", args=[key])
    except NoReverseMatch:
        return format_html("{}", text)
    return format_html('<a class="page-link" href="{}">{}</a>', address, text)


def found_link(model: str, text: Any) -> SafeString:
    """A link to what a list finds under an opaque id: for ids that are not row keys."""
    address = reverse(f"admin:{model}_changelist")
    return format_html('<a class="page-link" href="{}?q={}">{}</a>', address, text, text)
