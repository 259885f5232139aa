"""Small things the console's pages share."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.utils import display_for_label

from backoffice.console.labels import STATE_COLOURS

register = template.Library()


@register.filter
def state_label(code: Any, text: Any = None) -> SafeString | str:
    """A state as a coloured label; `text` is its translation."""
    if not code:
        return format_html('<span class="text-subtle">—</span>')
    return display_for_label((str(code), text or code), "—", STATE_COLOURS)  # type: ignore[no-any-return]


@register.filter
def at_key(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key) if mapping else None
