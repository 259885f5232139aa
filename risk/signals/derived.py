"""Marks: what derived signals need to know of a customer beside other signals, as SQL.

One expression serves both a decision and a snapshot. They stand on `c` (the customer), `s` (the
stored signals) and `v` (the verification); `{at}` is the moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from risk.signals.catalogue import STORED, observed_column
from risk.signals.derived_entries import AGED_SOURCES, CHANGE_DAYS, mark_of_score, mark_of_source
from risk.signals.facts import SignalSource

_FRESH_DAYS = STORED["score"].fresh_days

# The score as a decision of that day would have seen it: its newest, if not too old by then.
_SCORE_BEFORE = """(
SELECT (e.detail->>'score')::int8 FROM risk_event e
WHERE e.customer_id = c.id AND e.kind = 'score'
  AND e.occurred_at <= {{at}} - interval '{days} days'
  AND e.occurred_at >= {{at}} - interval '{oldest} days'
ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1)"""


def _told_at(source: SignalSource) -> str:
    columns = [observed_column(name) for name, one in STORED.items() if one.source is source]
    return f"greatest({', '.join(f's.{column}' for column in columns)})"


SCORES: dict[str, str] = {
    mark_of_score(days): _SCORE_BEFORE.format(days=days, oldest=days + (_FRESH_DAYS or 0))
    for days in CHANGE_DAYS
}
# When each source last spoke; a profile's ages are refreshed daily and say nothing of it.
TIMES: dict[str, str] = {
    "customer_since": "c.created_at",
    **{mark_of_source(source): _told_at(source) for source in AGED_SOURCES},
    mark_of_source(SignalSource.PROFILE): "c.changed_at",
    mark_of_source(SignalSource.VERIFICATION): "v.checked_at",
}
MARKS: dict[str, str] = SCORES | TIMES


@lru_cache(maxsize=64)
def statement(marks: Iterable[str]) -> str:
    """Shape: customer id, then a column for each mark. Takes `customer_ids` and `at`."""
    columns = ", ".join(MARKS[mark].format(at="%(at)s::timestamptz") for mark in marks)
    return (
        f"SELECT c.id, {columns} FROM accounts_customer c "  # noqa: S608 — the catalogue's
        "LEFT JOIN risk_customersignals s ON s.customer_id = c.id "
        "LEFT JOIN accounts_verification v ON v.customer_id = c.id "
        "WHERE c.id = ANY(%(customer_ids)s)"
    )
