"""Which columns a snapshot has, and the statements that read them out of PostgreSQL. Pure.

Values are kept as they are stored, beside the moment each was observed: whether a value is too
old is a question of the moment a snapshot shows, so that it is answered when it is read and a
partition in which nothing was written stays the same file. What is counted over events or links
is worked out for the moment (`moving`). Decimals are whole numbers of their
last place: `numeric` would arrive as text, at half the speed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from risk.signals.catalogue import SIGNALS, STORED, observed_column
from risk.simulation import moving

FORMAT = 2  # of the files; a new one makes every partition be written again
PLACES = {name: signal.decimal_places for name, signal in SIGNALS.items() if signal.decimal_places}
VERIFICATION = {
    "identity_status": ("status", "unverified"),
    "name_comparison": ("name_comparison", "missing"),
    "id_number_comparison": ("id_number_comparison", "missing"),
    "phone_comparison": ("phone_comparison", "missing"),
}
OUTCOMES = ("default", "cure")
_STATE = "CASE {a}.state WHEN 'OPEN' THEN 0 WHEN 'LIMITED' THEN 1 WHEN 'CLOSED' THEN 2 END::int2"

# A row version never changes in place: where it lies and the transaction that wrote it name its
# content. Summed up over a partition, any committed insert, update or delete gives another mark,
# in whatever order transactions were begun and committed; the greatest of anything would not.
_MARKED = """
SELECT ({key} - 1) / {span} AS number, count(*) AS rows,
       bit_xor(hashtidextended(ctid, xmin::text::int8)) AS hash
FROM {table} GROUP BY 1
"""
_TABLES = (
    ("accounts_customer", "id"),
    ("risk_customersignals", "customer_id"),
    ("accounts_verification", "customer_id"),
    ("accounts_access", "customer_id"),
    ("risk_outcome", "customer_id"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one snapshot of a moment. `products` are (row id, code): each has its access
    columns."""

    products: tuple[tuple[int, str], ...]
    at: dt.datetime

    @property
    def version(self) -> str:
        """Changes when files of another layout would hold other columns; not with the moment."""
        timeless = dataclasses.replace(self, at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        text = f"{FORMAT} {timeless.select(first_id=1, last_id=1)}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def select(self, *, first_id: int, last_id: int) -> str:
        """The statement that reads one partition; its only inputs are whole numbers."""
        reach = f"BETWEEN {int(first_id)} AND {int(last_id)}"
        joins = [
            f"LEFT JOIN risk_customersignals s ON s.customer_id = c.id AND s.customer_id {reach}",
            f"LEFT JOIN accounts_verification v ON v.customer_id = c.id AND v.customer_id {reach}",
            *(self._access_join(index, reach) for index in range(len(self.products))),
            *(_outcome_join(kind, reach) for kind in OUTCOMES),
            *moving.joins(self.at, first_id=first_id, last_id=last_id),
        ]
        return (
            f"SELECT {', '.join(self._columns())} FROM accounts_customer c {' '.join(joins)} "  # noqa: S608 — the catalogue's columns
            f"WHERE c.id {reach}"
        )

    def _columns(self) -> list[str]:
        columns = ["c.id AS customer_id", "c.public_id", "c.region_code AS region", "c.created_at"]
        columns += [_signal_column(name) for name in STORED]
        columns += [f"s.{observed_column(name)}" for name in STORED]
        columns += [
            f"coalesce(v.{column}, '{otherwise}') AS {name}"
            for name, (column, otherwise) in VERIFICATION.items()
        ]
        columns += ["c.changed_at AS profile_told_at", "v.checked_at AS verification_told_at"]
        columns += moving.columns(self.at)
        for index, (product_id, _code) in enumerate(self.products):
            columns.append(f"{_STATE.format(a=f'a{index}')} AS held_state_{product_id}")
            columns.append(f"a{index}.limit_cents AS held_limit_{product_id}")
        return columns + [f"o_{kind}.happened AS outcome_{kind}" for kind in OUTCOMES]

    def _access_join(self, index: int, reach: str) -> str:
        product_id, _code = self.products[index]
        return (
            f"LEFT JOIN accounts_access a{index} ON a{index}.customer_id = c.id "
            f"AND a{index}.product_id = {int(product_id)} AND a{index}.customer_id {reach}"
        )


def numbers_statement(*, span: int) -> str:
    """Every partition that has customers, by a look into the index for each."""
    return (
        "SELECT number FROM generate_series("  # noqa: S608 — a whole number
        f"(SELECT (min(id) - 1) / {int(span)} FROM accounts_customer), "
        f"(SELECT (max(id) - 1) / {int(span)} FROM accounts_customer)) AS number "
        "WHERE EXISTS (SELECT FROM accounts_customer "
        f"WHERE id BETWEEN number * {int(span)} + 1 AND (number + 1) * {int(span)}) ORDER BY 1"
    )


def marks_statement(*, span: int) -> str:
    """Shape: number, rows and hash of each table's rows in it, a column each, in order; and
    whether what is known of its customers moves with time."""
    parts = ", ".join(
        f"t{index} AS ({_MARKED.format(table=table, key=key, span=int(span))})"
        for index, (table, key) in enumerate(_TABLES)
    )
    columns = ", ".join(
        f"coalesce(t{index}.rows, 0) AS rows{index}, coalesce(t{index}.hash, 0) AS hash{index}"
        for index in range(len(_TABLES))
    )
    joins = " ".join(f"LEFT JOIN t{index} USING (number)" for index in range(1, len(_TABLES)))
    moves = moving.moves(f"t0.number * {int(span)} + 1", f"(t0.number + 1) * {int(span)}")
    return f"WITH {parts} SELECT t0.number, {columns}, {moves} AS moves FROM t0 {joins} ORDER BY 1"  # noqa: S608


def mark_of(version: str, counted: Sequence[int], *, moment: str) -> str:
    """One text for all that `marks_statement` says of a partition; `moment` of one that moves."""
    text = " ".join((version, *map(str, counted), moment))
    return hashlib.sha256(text.encode()).hexdigest()


def _signal_column(name: str) -> str:
    places = PLACES.get(name)
    return f"(s.{name} * {10**places})::int8 AS {name}" if places else f"s.{name}"


def _outcome_join(kind: str, reach: str) -> str:
    """The newest report of each customer."""
    return (
        f"LEFT JOIN (SELECT DISTINCT ON (customer_id) customer_id, happened FROM risk_outcome "  # noqa: S608
        f"WHERE kind = '{kind}' AND customer_id {reach} "
        "ORDER BY customer_id, observed_at DESC, id DESC) "
        f"o_{kind} ON o_{kind}.customer_id = c.id"
    )
