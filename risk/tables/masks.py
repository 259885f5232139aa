"""Which rules fired, as bits of signed 64-bit columns: 63 rules a word, the sign is never used."""

from __future__ import annotations

from collections.abc import Sequence

RULES_A_WORD = 63


def words_needed(rules: int) -> int:
    return -(-rules // RULES_A_WORD)


def word_columns(prefix: str, rules: int) -> tuple[str, ...]:
    """`prefix` names the table, and the model where there are two."""
    return tuple(f"{prefix}__fired_{word}" for word in range(words_needed(rules)))


def fired_rules(words: Sequence[int]) -> tuple[int, ...]:
    """One customer's words, in order, to rules from 0, in the table's order."""
    return tuple(
        word * RULES_A_WORD + bit
        for word, bits in enumerate(words)
        for bit in range(bits.bit_length())
        if bits >> bit & 1
    )


def words_of(rules: Sequence[int], count: int) -> tuple[int, ...]:
    """The other way round: the words in which exactly these of `count` rules are set."""
    words = [0] * words_needed(count)
    for rule in rules:
        words[rule // RULES_A_WORD] |= 1 << rule % RULES_A_WORD
    return tuple(words)
