"""The queue of customers whose facts changed: a row a customer, however often something changes.

Whoever asks adds one to the row's generation; whoever decides removes the row only when that is
still the one it read before it read the facts. So a hundred changes make one decision, and a
change that comes while somebody is deciding makes one more.

A worker claims customers by advisory locks, not by locking their rows: those who ask would wait
for whole batches of decisions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from backoffice.lib import bulk
from backoffice.lib.errors import Conflict, Invalid
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, Entry
from risk.events.facts import EventKind
from risk.signals import rules
from risk.signals.catalogue import STORED, moved_by, observed_column
from risk.signals.models import Recheck, RecheckState

log = structlog.get_logger(__name__)

ATTEMPTS_AT_MOST = 8
FIRST_PAUSE = dt.timedelta(seconds=10)  # doubled by every further failure

# Who waits for a worker is due whatever the time: the clock of whoever asked may be ahead of the
# worker's.
_DUE = (
    "due_at <= %(at)s::timestamptz + interval '5 seconds' "
    "AND (state = 'waiting' OR due_at <= %(at)s)"
)
# What is taken up by nobody else: more than one worker's share is looked at, because the first
# rows may be in other workers' hands. LIMIT keeps the lock function out of the inner scan.
_CLAIM = f"""
SELECT customer_id FROM (
    SELECT customer_id FROM risk_recheck WHERE {_DUE}
    ORDER BY due_at, customer_id LIMIT %(window)s
) AS due
WHERE pg_try_advisory_xact_lock(hashtextextended('risk.recheck', customer_id)) LIMIT %(limit)s
"""  # noqa: S608 — constants
_READ = f"""
SELECT customer_id, generation, attempts FROM risk_recheck
WHERE customer_id = ANY(%(customer_ids)s) AND {_DUE} ORDER BY customer_id
"""  # noqa: S608
_HOLD_STILL = """
SELECT customer_id, generation FROM risk_recheck
WHERE customer_id = ANY(%s) ORDER BY customer_id FOR UPDATE
"""
_LEAVE = """
UPDATE risk_recheck AS stored
SET state = given.state, due_at = given.due_at, attempts = given.attempts, problem = given.problem
FROM {given} WHERE stored.customer_id = given.customer_id
"""
_LEFT = {
    "customer_id": "bigint", "state": "text", "due_at": "timestamptz", "attempts": "smallint",
    "problem": "text",
}  # fmt: skip
_WORKERS_LOOKED_PAST = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A claimed customer, as read before the facts were."""

    customer_id: int
    generation: int
    attempts: int


def matters(kind: EventKind) -> bool:
    """Whether any catalogued signal is moved by this kind."""
    return bool(moved_by(kind))


@step
def ask(*, customer_ids: Iterable[int], at: dt.datetime) -> None:
    """These customers' facts have changed: let them be decided again, once.

    Effects: one statement that locks rows in order of id; a failure before is forgotten. After
    commit a worker is nudged, unless every one of them waited for it already.
    """
    rows = bulk.insert(
        table="risk_recheck",
        columns={
            "customer_id": "bigint", "generation": "bigint", "state": "text",
            "asked_at": "timestamptz", "due_at": "timestamptz", "attempts": "smallint",
            "problem": "text",
        },
        rows=[
            (customer_id, 1, RecheckState.WAITING.value, at, at, 0, "")
            for customer_id in sorted(set(customer_ids))
        ],
        on_conflict="(customer_id) DO UPDATE SET generation = stored.generation + 1, "
        "state = excluded.state, due_at = LEAST(stored.due_at, excluded.due_at), attempts = 0",
        returning="due_at",
    )  # fmt: skip
    if any(due_at >= at for (due_at,) in rows):  # it was not due before
        nudge("risk.decisions.recheck_customers")


@step
def ask_if_news(
    *,
    customer_id: int,
    values: Mapping[str, Decimal | int | None],
    observed_at: dt.datetime,
    at: dt.datetime,
) -> None:
    """Before signals are written: asks when that will change what a decision sees.

    Effects: holds the customer's signals still, so that what is compared is what is overwritten.
    """
    known = _known(customer_id, tuple(values))
    if any(
        rules.is_news(
            signal=STORED[name], known=known[name], given=(value, observed_at), at=at
        )
        for name, value in values.items()
    ):  # fmt: skip
        ask(customer_ids=[customer_id], at=at)


def _known(
    customer_id: int, names: tuple[str, ...]
) -> dict[str, tuple[Decimal | int | None, dt.datetime | None]]:
    """Shape: signal → (value, observed at)."""
    columns = ", ".join((*names, *map(observed_column, names)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM risk_customersignals "  # noqa: S608 — the catalogue's names
            "WHERE customer_id = %s FOR UPDATE",
            [customer_id],
        )
        row = cursor.fetchone() or (None,) * (2 * len(names))
    count = len(names)
    return dict(zip(names, zip(row[:count], row[count:], strict=True), strict=True))


@step
def claim(*, at: dt.datetime, limit: int) -> list[int]:
    """Customers who are due and in nobody else's hands, until the transaction ends. Some may
    have been decided a moment ago: `read` says who is still asked for.
    """
    window = limit * _WORKERS_LOOKED_PAST
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at, "window": window, "limit": limit})
        return [customer_id for (customer_id,) in cursor.fetchall()]


@step
def read(*, customer_ids: Sequence[int], at: dt.datetime) -> list[Asked]:
    """What is asked of claimed customers, read after the claim and before any of their facts."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"customer_ids": list(customer_ids), "at": at})
        return [Asked(*row) for row in cursor.fetchall()]


@step
def conclude(
    *,
    asked: Sequence[Asked],
    held: Mapping[int, dt.datetime],
    failed: Mapping[int, str],
    at: dt.datetime,
) -> list[int]:
    """Removes the rows of whoever was decided; the others wait for their time. Who has changed
    meanwhile stays due.

    Shape: customer id → until when a cool-down holds them; customer id → problem code. Returns
    who now needs somebody. Effects: last of all locks, the rows in order of id.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_STILL, [[one.customer_id for one in asked]])
        generations = dict(cursor.fetchall())
    same = [one for one in asked if generations.get(one.customer_id) == one.generation]
    left = [
        _left(one, held.get(one.customer_id), failed.get(one.customer_id, ""), at)
        for one in same
        if one.customer_id in held or one.customer_id in failed
    ]
    bulk.run(_LEAVE, name="rechecks", columns=_LEFT, rows=left)
    done = [one.customer_id for one in same if one.customer_id not in {row[0] for row in left}]
    Recheck.objects.filter(pk__in=done).delete()
    return [row[0] for row in left if row[1] == RecheckState.STUCK]


def _left(
    one: Asked, held_until: dt.datetime | None, problem: str, at: dt.datetime
) -> tuple[int, str, dt.datetime | None, int, str]:
    if not problem:
        return one.customer_id, RecheckState.HELD.value, held_until, 0, ""
    attempts = one.attempts + 1
    again_at = at + FIRST_PAUSE * 2 ** (attempts - 1) if attempts < ATTEMPTS_AT_MOST else None
    due_at = min((each for each in (again_at, held_until) if each is not None), default=None)
    state = RecheckState.STUCK if due_at is None else RecheckState.FAILED
    return one.customer_id, state.value, due_at, min(attempts, ATTEMPTS_AT_MOST), problem


@step
def record_stuck(*, customers: Mapping[str, str], actor: Actor, at: dt.datetime) -> None:
    """Nobody tries these any more by themselves. Shape: customer's public id → problem code."""
    entries = [
        Entry("recheck.given_up", ("customer", public_id), {"code": code})
        for public_id, code in customers.items()
    ]
    ledger.record_all(actor=actor, entries=entries, at=at)


@entry
def retry(*, customer_id: int, note: str, actor: Actor, at: dt.datetime) -> None:
    """Have a customer decided again who could not be.

    Effects: the row is due now with a new set of attempts, ledger; after commit a worker is
    nudged. Raises: Invalid (no reason), Conflict (it has not failed, or is done meanwhile).
    """
    if not note.strip():
        raise Invalid(_("Say why it is tried again."), code="note_required")
    row = (
        Recheck.objects.select_for_update(of=("self",))
        .select_related("customer")
        .filter(pk=customer_id, state__in=(RecheckState.FAILED, RecheckState.STUCK))
        .first()
    )
    if row is None:
        raise Conflict(_("There is nothing to try again here."), code="recheck_not_failed")
    subject = ("customer", row.customer.public_id)
    ask(customer_ids=[customer_id], at=at)
    ledger.record(
        actor=actor, action="recheck.retried", subject=subject, reason=note.strip(),
        detail={"code": row.problem}, at=at,
    )  # fmt: skip
