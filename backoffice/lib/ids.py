"""Public identifiers: a short prefix that says what it is, and 128 bits that say nothing."""

from __future__ import annotations

import base64
import os
import time

_LENGTH = 26  # 16 bytes in base32 without padding


def opaque(prefix: str) -> str:
    """`cus_` + 26 lower-case base32 characters (a-z, 2-7) from 128 random bits."""
    return f"{prefix}_{_encode(os.urandom(16))}"


def ordered(prefix: str) -> str:
    """Like `opaque`, but beginning with the time (48 bits of milliseconds, 80 random bits).

    For rows written in great numbers: neighbours in time share index pages. Not for sorting: the
    alphabet puts digits after letters, which no collation does.
    """
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{_encode(milliseconds.to_bytes(6, 'big') + os.urandom(10))}"


def looks_valid(prefix: str, text: str) -> bool:
    """Whether `text` has the shape this module gives to `prefix` (nothing is looked up)."""
    head, _, tail = text.partition("_")
    return (
        head == prefix
        and len(tail) == _LENGTH
        and tail.isascii()
        and all(character in "abcdefghijklmnopqrstuvwxyz234567" for character in tail)
    )


def _encode(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
