"""How much a model, an expression and an evaluation may ask for.

Every bound is far above what a lender's model needs and far below what would hold a worker: the
answer to an absurd model is a sentence, in a few seconds at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from risk.dmn.facts import LimitExceeded

BYTES_OF_XML = 16 * 1024 * 1024
ELEMENTS = 500_000
DEPTH_OF_XML = 60
CHARACTERS_OF_TEXT = 20_000
DEPTH_OF_EXPRESSION = 40
DIGITS = 34  # FEEL numbers are decimal128
WORDS_OF_A_NAME = 50
FAULTS_TOLD = 20

STEPS = 1_000_000
DEPTH_OF_EVALUATION = 120
DEPTH_OF_VALUE = 60
CHARACTERS_OF_STRING = 100_000


@dataclass(slots=True)
class Meter:
    """Counts one evaluation's work. Raises: LimitExceeded."""

    steps: int = STEPS
    depth: int = 0

    def spend(self, amount: int = 1) -> None:
        self.steps -= amount
        if self.steps < 0:
            raise LimitExceeded(f"The evaluation takes more than {STEPS:,} steps.")

    def enter(self) -> None:
        self.spend()
        self.depth += 1
        if self.depth > DEPTH_OF_EVALUATION:
            raise LimitExceeded(
                f"The evaluation nests more than {DEPTH_OF_EVALUATION} expressions and calls."
            )

    def leave(self) -> None:
        self.depth -= 1

    def keep(self, value: object) -> None:
        """Charges for a new string or list, so that doubling one ends in a sentence."""
        if isinstance(value, str) and len(value) > CHARACTERS_OF_STRING:
            raise LimitExceeded(f"A text grows beyond {CHARACTERS_OF_STRING:,} characters.")
        waiting = [(value, 0)]
        while waiting:
            one, depth = waiting.pop()
            self.spend()
            if depth > DEPTH_OF_VALUE:
                raise LimitExceeded(f"A value nests more than {DEPTH_OF_VALUE} deep.")
            waiting.extend((part, depth + 1) for part in _parts(one))


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, tuple | list):
        return value
    return value.values() if isinstance(value, dict) else ()
