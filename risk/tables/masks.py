"""Sets of rules as bits, bit 0 the first rule; in frames 63 rules a signed 64-bit word, so that
the sign is never used.
"""

from __future__ import annotations

from collections.abc import Sequence

RULES_A_WORD = 63


def rules_of(mask: int) -> list[int]:
    """The rules whose bits are set, from 0, in order."""
    rules = []
    while mask:
        lowest = mask & -mask
        rules.append(lowest.bit_length() - 1)
        mask ^= lowest
    return rules


def word_columns(prefix: str, rules: int) -> tuple[str, ...]:
    """`prefix` names the table, and the model where there are two."""
    return tuple(f"{prefix}__fired_{word}" for word in range(-(-rules // RULES_A_WORD)))


def fired_rules(words: Sequence[int]) -> tuple[int, ...]:
    """One customer's words, in order, to rules from 0, in the table's order."""
    return tuple(rules_of(sum(bits << RULES_A_WORD * word for word, bits in enumerate(words))))
