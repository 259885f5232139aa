"""What people call the kinds of things customers share."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from risk.links.facts import LinkKind

KIND_WORDS = {
    LinkKind.DEVICE: _("device"),
    LinkKind.PHONE: _("phone"),
    LinkKind.ADDRESS: _("address"),
    LinkKind.EMPLOYER: _("employer"),
    LinkKind.EMERGENCY_CONTACT: _("emergency contact"),
    LinkKind.PAYEE: _("payee"),
}


def kinds_text(kinds: Iterable[LinkKind]) -> str:
    """Their names in the order above, with the language's own comma."""
    wanted = set(kinds)
    return gettext(", ").join(str(words) for kind, words in KIND_WORDS.items() if kind in wanted)
