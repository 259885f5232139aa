"""Small things the console's pages share."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.template.defaultfilters import capfirst
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from unfold.widgets import INPUT_CLASSES

from backoffice.console.labels import ACCESS_WORDS, coloured, product_name, shortened

register = template.Library()
_ID = re.compile(r"^[a-z]{3}_[a-z0-9]+$|^[a-z0-9]+(-[a-z0-9]+)+$")


@register.filter
def state_label(code: Any, text: Any = None) -> SafeString:
    """A state as a coloured label; `text` is its translation."""
    return coloured(str(code or ""), text)


register.filter("product_name", product_name)


@register.filter
def access_words(code: str) -> Any:
    return ACCESS_WORDS.get(code, code)


@register.filter
def first_words(text: str, at_most: int = 40) -> str:
    return shortened(str(text), at_most=at_most)


@register.filter
def without_app(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A page's path without the app it is coded in: operators think in jobs, not in apps."""
    return parts[1:] if len(parts) > 1 else parts


@register.filter
def crumb(title: Any) -> str:
    """Capitalised like a title, except ids: they are copied and must stay as they are."""
    text = str(title)
    return text if _ID.match(text) else capfirst(text)


@register.simple_tag
def table_head(*columns: str) -> SafeString:
    """A table's first row; an empty name is a column that rows name themselves."""
    cells = format_html_join("", '<th scope="col">{}</th>', ((column,) for column in columns))
    return format_html("<thead><tr>{}</tr></thead>", cells)


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
