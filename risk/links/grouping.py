"""Working out everybody's groups: one worker at a time, safe to kill, started anew afterwards.

Links are read in one statement, so that they show one moment; groups are worked out in memory and
written in bounded transactions, a range of customers each. A reader meets the groups of the last
run or of this one, each row whole. Rows that stay the same are not written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, connection, transaction

from accounts.access import queries as access
from backoffice.lib.transactions import entry
from risk.links.models import LinkRun, RunState
from risk.links.neighbours import SHARED_AT_MOST

if TYPE_CHECKING:
    from risk.links.communities import Groups

log = structlog.get_logger(__name__)

LEASE = dt.timedelta(minutes=15)
CUSTOMERS_A_BATCH = 50_000
Clock = Callable[[], dt.datetime]

# Equal numbers mean equal things. Two things of three million get one number by chance in one
# run of four million: 64 bits.
_EDGES = """
SELECT customer_id, hashtextextended(
    CASE WHEN kind IN ('phone', 'emergency_contact') THEN 'phone' ELSE kind END
    || encode(key, 'hex'), 0)
FROM risk_link
"""
_FOUND = (
    "component", "component_size", "community", "community_size", "community_restricted",
)  # fmt: skip
_COLUMNS = ("customer_id", *_FOUND)
_STAGE = "CREATE TEMPORARY TABLE link_group_found ({})".format(
    ", ".join(f"{name} bigint NOT NULL" for name in _COLUMNS)
)
_TAKE_OVER = f"""
INSERT INTO risk_linkgroup AS stored ({", ".join(_COLUMNS)}, computed_at)
SELECT {", ".join(_COLUMNS)}, %(at)s FROM link_group_found
WHERE customer_id > %(after)s AND customer_id <= %(last)s ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _FOUND)}, computed_at = excluded.computed_at
WHERE ({", ".join(f"stored.{name}" for name in _FOUND)})
    IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _FOUND)})
"""  # noqa: S608 — constants
_LEAVE = """
DELETE FROM risk_linkgroup AS stored
WHERE stored.customer_id > %(after)s AND stored.customer_id <= %(last)s AND NOT EXISTS (
    SELECT FROM link_group_found AS found WHERE found.customer_id = stored.customer_id)
"""
_HOT = """
WITH found AS (
    SELECT kind, key, count(*) AS customers FROM risk_link
    GROUP BY kind, key HAVING count(*) > %(most)s
), gone AS (
    DELETE FROM risk_hotthing AS stored WHERE NOT EXISTS (
        SELECT FROM found WHERE found.kind = stored.kind AND found.key = stored.key)
)
INSERT INTO risk_hotthing (kind, key, customers, computed_at)
SELECT kind, key, customers, %(at)s FROM found
ON CONFLICT (kind, key) DO UPDATE
SET customers = excluded.customers, computed_at = excluded.computed_at
RETURNING 1
"""


class LeaseLost(Exception):
    """Another worker took the work over."""


def group_customers(*, now: Clock) -> LinkRun | None:
    """Works the groups out from beginning to end; None when another worker is at it.

    Effects: a run's row, moved on at every stage and batch; the groups; the things shared by too
    many. An error is recorded in the run and raised again.
    """
    run = begin(at=now())
    if run is None:
        return None
    try:
        _work(run, now)
    except LeaseLost:
        log.warning("link_run_taken_over", run=run.pk)
    except Exception as error:
        _move(run, now, state=RunState.FAILED, problem=type(error).__name__, finished_at=now())
        raise
    return run


@entry
def begin(*, at: dt.datetime) -> LinkRun | None:
    """The run this worker leads from now on. One whose lease is over has failed.

    Effects: locks the running row; of two workers that begin at once one gets None.
    """
    held = LinkRun.objects.select_for_update().filter(state=RunState.RUNNING).first()
    if held is not None and held.lease_until >= at:
        return None
    if held is not None:
        held.state, held.problem, held.finished_at = RunState.FAILED, "worker_died", at
        held.save(update_fields=["state", "problem", "finished_at"])
    return _inserted(LinkRun(started_at=at, lease_until=at + LEASE))


def is_abandoned(*, at: dt.datetime) -> bool:
    """Whether a worker died over the groups and nobody has begun anew."""
    return LinkRun.objects.filter(state=RunState.RUNNING, lease_until__lt=at).exists()


def _inserted(fresh: LinkRun) -> LinkRun | None:
    """None when another worker was faster: the database holds one running row at most."""
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        return None
    return fresh


def _work(run: LinkRun, now: Clock) -> None:
    from risk.links import arrays, communities

    customers, things = arrays.read(_EDGES, columns=2)
    _move(run, now, stage="grouping", edges=len(customers))
    groups = communities.grouped(customers=customers, things=things, shared_at_most=SHARED_AT_MOST)
    del customers, things
    columns = _columns(groups)
    _move(run, now, stage="writing", customers=len(columns[0]), **_counts(columns))
    _stage(columns)
    for after, last, done in _ranges(columns[0]):
        _take_over(run, now, after=after, last=last, done=done)
    hot = _note_hot(at=now())
    _move(run, now, state=RunState.FINISHED, stage="done", hot_things=hot, finished_at=now())


def _columns(groups: Groups) -> list[Any]:
    import numpy as np

    from risk.links import arrays, communities

    (closed,) = arrays.read(access.closed_customers_sql(), columns=1)
    is_closed = np.isin(groups.customers, closed)
    return [
        groups.customers,
        groups.component,
        communities.sizes(groups.component),
        groups.community,
        communities.sizes(groups.community),
        communities.marked(groups.community, is_closed),
    ]


def _counts(columns: list[Any]) -> dict[str, int]:
    """A group is named by one of its own customers."""
    names = columns[0]
    return {
        "components": int((columns[1] == names).sum()),
        "communities": int((columns[3] == names).sum()),
    }


def _stage(columns: list[Any]) -> None:
    from risk.links import arrays

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS link_group_found")
        cursor.execute(_STAGE)
        arrays.write("link_group_found", _COLUMNS, columns)
        cursor.execute("CREATE INDEX ON link_group_found (customer_id)")
        cursor.execute("ANALYZE link_group_found")


def _ranges(customers: Any) -> list[tuple[int, int, int]]:
    """(after this id, up to this id, customers written by then). The last goes to the end."""
    places = [*range(CUSTOMERS_A_BATCH, len(customers), CUSTOMERS_A_BATCH)]
    ends = [(int(customers[place - 1]), place) for place in places] + [(2**62, len(customers))]
    starts = [-1, *(last for last, _done in ends)]
    return [(after, last, done) for after, (last, done) in zip(starts, ends, strict=False)]


@entry
def _take_over(run: LinkRun, now: Clock, *, after: int, last: int, done: int) -> None:
    """One range of customers. Effects: holds the run, so that only its worker writes."""
    at = now()
    _move(run, now, customers_done=done)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OVER, {"after": after, "last": last, "at": at})
        cursor.execute(_LEAVE, {"after": after, "last": last})


@entry
def _note_hot(*, at: dt.datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_HOT, {"most": SHARED_AT_MOST, "at": at})
        return len(cursor.fetchall())


def _move(run: LinkRun, now: Clock, **values: Any) -> None:
    """Raises: LeaseLost when the run is no longer this worker's."""
    values.setdefault("lease_until", now() + LEASE)
    mine = LinkRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
    if not mine.update(**values):
        raise LeaseLost
    for name, value in values.items():
        setattr(run, name, value)
