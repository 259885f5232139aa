"""From fired rows to access: asked once for every combination of rows, not for every customer.

The population compiler says which rows fired for whom. All customers for whom the same rows fired
get the same answer, and it is asked of the very rules that decide one customer
(`risk.policies.answers.concluded`): there is no second derivation that could differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from accounts.access.facts import Product
from accounts.access.rules import derive
from risk.policies.answers import concluded
from risk.simulation.facts import Answer
from risk.tables.facts import HitPolicy, Model
from risk.tables.hits import finisher

Fired = Mapping[str, Sequence[int]]  # by table: rows from 0, in order


class Side:
    """One policy of a comparison, for one product at one moment."""

    def __init__(self, model: Model, *, product: Product, at: dt.datetime) -> None:
        self.model = model
        self._finishers = {table.name: finisher(table) for table in model.tables}
        self._first_only = {
            table.name for table in model.tables if table.hit_policy is HitPolicy.FIRST
        }
        self._product, self._at = product, at

    def answer(self, fired: Fired) -> Answer:
        outcomes = {
            name: finish(sum(1 << row for row in fired[name]), ())
            for name, finish in self._finishers.items()
        }
        found = concluded(outcomes=outcomes, product=self._product, at=self._at).answer
        return Answer(found["state"], found["limit_cents"], tuple(found["reason_codes"]))

    def deciding(self, fired: Fired) -> dict[str, list[int]]:
        """Rows that count: where the first decides, those below it decided nothing."""
        return {
            name: list(rows[:1] if name in self._first_only else rows)
            for name, rows in fired.items()
        }


def nothing_in_force() -> Answer:
    """What holds for everybody while a product has no policy."""
    derived = derive(causes=(), terms=None)
    return Answer(derived.state.value, derived.limit_cents, derived.reason_codes)
