"""Small things the console's pages share."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from unfold.utils import display_for_label
from unfold.widgets import INPUT_CLASSES

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


@register.simple_tag
def input_classes() -> str:
    """Unfold's look for a bare input."""
    return " ".join(INPUT_CLASSES)


@register.simple_tag
def button_classes(tags: Any) -> str:
    """A button of the login library: its tags tell what it is for."""
    words = set(tags.split(",") if isinstance(tags, str) else tags or ())
    kind = next((kind for kind in ("danger", "outline", "link", "secondary") if kind in words), "")
    return f"account-button {kind}".strip()


@register.simple_tag
def unfold_field(field: Any) -> SafeString:
    """A form field of the login library, dressed like the console's own."""
    widget = field.field.widget
    field.label = gettext(field.label)  # the library leaves labels made of field names in English
    if getattr(widget, "input_type", "") not in ("checkbox", "hidden", "radio"):
        widget.attrs["class"] = " ".join(INPUT_CLASSES)
        widget.attrs.pop("placeholder", None)
    return render_to_string("unfold/helpers/field.html", {"field": field})
