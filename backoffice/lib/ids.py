"""Public identifiers: a short prefix that says what it is, and 128 bits that say nothing."""

from __future__ import annotations

import os
import time
from functools import lru_cache

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # base32, RFC 4648, in lower case
_LENGTH = 26
_TIME_LENGTH = 10
_TIME_BITS = 5 * _TIME_LENGTH
# Five bits of any byte to their character.
_CHARACTERS = bytes(ord(_ALPHABET[byte % 32]) for byte in range(256))


def opaque(prefix: str) -> str:
    """`cus_` + 26 lower-case base32 characters (a-z, 2-7): 130 random bits."""
    return f"{prefix}_{_random(_LENGTH)}"


def ordered(prefix: str) -> str:
    """Like `opaque`, but beginning with the time (milliseconds), with 80 random bits.

    For rows written in great numbers: neighbours in time share index pages. Not for sorting: the
    alphabet puts digits after letters, which no collation does.
    """
    made_at = _time(time.time_ns() // 1_000_000)
    return f"{prefix}_{made_at}{_random(_LENGTH - _TIME_LENGTH)}"


def looks_valid(prefix: str, text: str) -> bool:
    """Whether `text` has the shape this module gives to `prefix` (nothing is looked up)."""
    head, _, tail = text.partition("_")
    return (
        head == prefix
        and len(tail) == _LENGTH
        and tail.isascii()
        and all(character in _ALPHABET for character in tail)
    )


def _random(length: int) -> str:
    return os.urandom(length).translate(_CHARACTERS).decode()


@lru_cache(maxsize=1)  # many are made in one millisecond
def _time(milliseconds: int) -> str:
    """48 bits, most significant first, at the front of the characters' fifty."""
    bits = milliseconds << _TIME_BITS - 48
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(_TIME_BITS - 5, -1, -5))
