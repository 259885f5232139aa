"""The customer's page, told from top to bottom by sections the rooms register.

The customers' room owns the page and knows nothing of the rooms above it; each adds its own part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Section:
    """`build` gets (customer row id, public id) and returns the template's context."""

    name: str
    order: int
    permission: str
    title: Any
    template: str
    build: Callable[[int, str], dict[str, Any]]


_SECTIONS: dict[str, Section] = {}


def register_section(section: Section) -> None:
    _SECTIONS[section.name] = section


def sections(request: HttpRequest, *, customer_id: int, public_id: str) -> list[dict[str, Any]]:
    """What this operator may see of this customer, in reading order."""
    return [
        {
            "name": section.name,
            "title": section.title,
            "template": section.template,
            **section.build(customer_id, public_id),
        }
        for section in sorted(_SECTIONS.values(), key=lambda section: section.order)
        if request.user.has_perm(section.permission)
    ]
