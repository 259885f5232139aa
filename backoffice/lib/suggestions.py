"""What somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

READ_AT_MOST = 60  # comparing is quadratic in length


def closest(wrong: str, known: Iterable[str]) -> str | None:
    """The known name most like the wrong one, if one is like it."""
    found = difflib.get_close_matches(wrong[:READ_AT_MOST], list(known), n=1)
    return found[0] if found else None
