"""Running backtests: rows first, a partition at a time, finished for ever.

What a partition came to is committed with the progress it counts, under a key that exists once:
a killed worker loses at most the partition it was at, and nothing is counted twice.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from accounts.access.facts import Product
from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid, Refused, Unavailable
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, system
from risk.policies import activation
from risk.policies import queries as policies
from risk.policies import services as policy_services
from risk.policies.facts import Proof
from risk.policies.models import PolicyVersion, VersionStatus
from risk.simulation import queries, results, snapshots, storage
from risk.simulation.facts import SnapshotDamaged, SnapshotOutdated
from risk.simulation.models import (
    Backtest,
    BacktestPartition,
    BacktestState,
    Snapshot,
    SnapshotPartition,
    SnapshotState,
)
from risk.tables.facts import InvalidModel, Model, TableError
from risk.tables.services import check_columns, content_hash, model_from_json

if TYPE_CHECKING:
    from risk.simulation.tally import Comparison, Tally

log = structlog.get_logger(__name__)

LEASE_SECONDS = 120
PAUSE_SECONDS = 0.2
TESTABLE = (
    VersionStatus.SUBMITTED, VersionStatus.BACKTESTED, VersionStatus.APPROVED,
    VersionStatus.SCHEDULED,
)  # fmt: skip

Clock = Callable[[], dt.datetime]


@entry
def start(
    *,
    candidate_public_id: str,
    note: str,
    actor: Actor,
    at: dt.datetime,
    snapshot_public_id: str | None = None,
) -> Backtest:
    """Ask what a version would do to everybody, against the one in force now.

    Without a snapshot one is taken first. Effects: backtest (and snapshot) row, ledger; a worker
    is nudged after commit. Raises: Invalid, Missing, Conflict.
    """
    if not note.strip():
        raise Invalid(_("Say what the backtest is for."), code="note_required")
    candidate = policies.version(public_id=candidate_public_id)
    if candidate.status not in TESTABLE:
        raise Conflict(
            _("Only a submitted version can be backtested: a draft still changes."),
            code="policy_status",
            extra={"status": candidate.status},
        )
    _require_columns(candidate)
    product = access.product(code=candidate.product.code)
    live = _live(product.id, at)
    snapshot = _chosen(snapshot_public_id, actor, at)
    backtest = Backtest.objects.create(
        public_id=ids.ordered("bkt"),
        product_id=product.id,
        product_facts=product.as_stored(),
        candidate=candidate,
        candidate_hash=candidate.content_hash,
        live=live,
        live_hash=live.content_hash if live else "",
        snapshot=snapshot,
        note=note.strip(),
        started_by=str(actor),
        started_at=at,
        lease_until=snapshots.taken_up_until(at),
    )
    _record(backtest, "backtest.started", actor, at, reason=backtest.note)
    wake(public_id=backtest.public_id)
    return backtest


def advance(*, public_id: str, now: Clock) -> bool:
    """Do the next piece of work; False when there is none for this caller.

    Effects: takes the snapshot when that is still to be done; else one partition, or the end.
    """
    backtest = queries.backtest(public_id=public_id)
    if backtest.state != BacktestState.RUNNING:
        return False
    if backtest.snapshot.state == SnapshotState.TAKING:
        return snapshots.take(public_id=backtest.snapshot.public_id, now=now)
    if backtest.snapshot.state != SnapshotState.READY:
        _fail(public_id=public_id, code=f"snapshot_{backtest.snapshot.state}")
        return False
    todo = queries.next_partition(backtest=backtest)
    if todo is None:
        _finish(public_id=public_id, at=now())
        return False
    try:
        return _compare(backtest, todo, now)
    except SnapshotDamaged as damage:
        log.error("backtest_failed", backtest=public_id, code=damage.code, partition=damage.number)
        _fail(public_id=public_id, code=damage.code)
    except OSError as error:
        log.error("backtest_failed", backtest=public_id, error=type(error).__name__)
        _fail(public_id=public_id, code="storage_failed")
    return False


def run(
    *, public_id: str, now: Clock, progress: Callable[[Backtest], None] = lambda _backtest: None
) -> Backtest:
    """Work until it has ended, beside a worker that may be at it too: nothing is done twice.

    Effects: as `advance`; waits while another process has the next piece.
    """
    while True:
        is_going_on = advance(public_id=public_id, now=now)
        backtest = queries.backtest(public_id=public_id)
        progress(backtest)
        if backtest.state != BacktestState.RUNNING:
            return backtest
        if not is_going_on:
            time.sleep(PAUSE_SECONDS)


@entry
def cancel(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> Backtest:
    """Stop after the partition at hand; what is done is kept.

    Raises: Invalid, Missing, Conflict.
    """
    backtest = _locked_for(public_id, note, BacktestState.RUNNING)
    backtest.state = BacktestState.CANCELLED
    backtest.save(update_fields=["state"])
    _record(backtest, "backtest.cancelled", actor, at, reason=note.strip())
    return backtest


@entry
def resume(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> Backtest:
    """Go on where a cancelled or failed backtest stopped. Raises: Invalid, Missing, Conflict."""
    backtest = _locked_for(public_id, note, BacktestState.CANCELLED, BacktestState.FAILED)
    backtest.state, backtest.problem = BacktestState.RUNNING, ""
    backtest.lease_until = snapshots.taken_up_until(at)
    backtest.save(update_fields=["state", "problem", "lease_until"])
    _record(backtest, "backtest.resumed", actor, at, reason=note.strip())
    wake(public_id=public_id)
    return backtest


def abandoned(*, at: dt.datetime) -> list[str]:
    """Running backtests nobody has worked on for a while, and whose snapshot nobody is taking."""
    rows = Backtest.objects.filter(state=BacktestState.RUNNING).exclude(lease_until__gte=at)
    waiting = Q(snapshot__state=SnapshotState.TAKING, snapshot__lease_until__gte=at)
    return list(rows.exclude(waiting).values_list("public_id", flat=True))


def wake(*, public_id: str) -> None:
    """Effects: after commit, asks a worker to go on with the backtest."""
    nudge("risk.simulation.run_backtest", public_id)


def _require_columns(candidate: PolicyVersion) -> None:
    """What cannot be answered for everybody at once is refused before anything is written."""
    if check_columns(model_from_json(candidate.content)):
        raise Conflict(
            _("These tables cannot be evaluated for everybody at once."), code="not_columnar"
        )


def _live(product_id: int, at: dt.datetime) -> PolicyVersion | None:
    """Effects: a scheduled version whose moment has come enters force first."""
    activation.activate_due(product_id=product_id, at=at)
    try:
        found = policies.live(product_id=product_id)
    except Unavailable as error:
        if error.code != "no_live_policy":
            raise
        return None
    return policies.version(public_id=found.public_id)


def _chosen(public_id: str | None, actor: Actor, at: dt.datetime) -> Snapshot:
    if public_id is None:
        # Its worker takes it: another one would have the backtest wait for the sweep.
        return snapshots.plan(note=str(_("For a backtest.")), actor=actor, at=at)
    snapshot = queries.snapshot(public_id=public_id)
    if snapshot.state not in (SnapshotState.READY, SnapshotState.TAKING):
        raise Conflict(
            _("This snapshot has no files to read."), code="snapshot_state",
            extra={"state": snapshot.state},
        )  # fmt: skip
    return snapshot


def _compare(backtest: Backtest, file: SnapshotPartition, now: Clock) -> bool:
    content = storage.read_partition(number=file.number, sha256=file.sha256)
    try:
        tally = _comparison(backtest.public_id).tally(content)
    except (TableError, InvalidModel) as error:
        log.error("backtest_failed", backtest=backtest.public_id, error=type(error).__name__)
        _fail(public_id=backtest.public_id, code="policy_unreadable")
        return False
    except SnapshotOutdated:
        _fail(public_id=backtest.public_id, code="snapshot_outdated")
        return False
    path = storage.moves_path(backtest_public_id=backtest.public_id, number=file.number)
    with storage.fresh(path) as partial:
        tally.moves.write_parquet(partial)
        digest = storage.sha256_of(partial)
    return _keep(backtest.public_id, file, tally, digest, now())


@lru_cache(maxsize=4)
def _comparison(public_id: str) -> Comparison:
    """Compiled once a process: the rows it is made of cannot change. Brings in the frame library,
    which only workers and commands ever need."""
    from risk.simulation.tally import Comparison

    backtest = queries.backtest(public_id=public_id)
    if backtest.snapshot.at is None:
        raise TableError("the snapshot shows no moment")
    return Comparison(
        old=_model(backtest.live, backtest.live_hash) if backtest.live else None,
        new=_model(backtest.candidate, backtest.candidate_hash),
        product=Product.from_stored(backtest.product_facts),
        at=backtest.snapshot.at,
    )


def _model(version: PolicyVersion, wanted_hash: str) -> Model:
    model = model_from_json(version.content)
    if content_hash(model) != wanted_hash:
        raise TableError(f"the stored policy {wanted_hash[:12]} has been altered")
    return model


@entry
def _keep(
    public_id: str, file: SnapshotPartition, tally: Tally, moves_sha256: str, at: dt.datetime
) -> bool:
    """False when it was stopped meanwhile: this partition is done again when it goes on."""
    backtest = Backtest.objects.select_for_update().get(public_id=public_id)
    if backtest.state != BacktestState.RUNNING:
        return False
    kept, is_new = BacktestPartition.objects.get_or_create(
        backtest=backtest,
        number=file.number,
        defaults={
            "customers": file.rows, "counts": tally.counts, "moves": tally.moves.height,
            "moves_sha256": moves_sha256,
        },
    )  # fmt: skip
    if is_new:
        backtest.partitions = backtest.snapshot.partitions
        backtest.partitions_done += 1
        backtest.customers_done += kept.customers
    backtest.snapshot_hash = backtest.snapshot.content_hash
    backtest.lease_until = at + dt.timedelta(seconds=LEASE_SECONDS)
    backtest.save(
        update_fields=[
            "partitions", "partitions_done", "customers_done", "snapshot_hash", "lease_until",
        ]
    )  # fmt: skip
    return True


@entry
def _finish(*, public_id: str, at: dt.datetime) -> None:
    """Effects: the result, the ledger's entry and the version's proof, together or not at all."""
    backtest = Backtest.objects.select_for_update().get(public_id=public_id)
    if backtest.state != BacktestState.RUNNING or queries.next_partition(backtest=backtest):
        return
    parts = queries.results(backtest_id=backtest.id)
    backtest.result = results.added([results.empty(), *(part.counts for part in parts)])
    backtest.snapshot_hash = backtest.snapshot.content_hash
    backtest.state, backtest.finished_at = BacktestState.FINISHED, at
    backtest.proof_problem = _prove(backtest, at)
    backtest.save(
        update_fields=["result", "snapshot_hash", "state", "finished_at", "proof_problem"]
    )
    _record(
        backtest, "backtest.finished", system("simulation"), at,
        detail={"customers": backtest.customers_done},
    )  # fmt: skip


def _prove(backtest: Backtest, at: dt.datetime) -> str:
    """Why the version takes no proof any more, or empty: the backtest is finished either way."""
    found: dict[str, Any] = backtest.result or {}
    proof = Proof(
        backtest_public_id=backtest.public_id,
        candidate_hash=backtest.candidate_hash,
        live_hash=backtest.live_hash,
        snapshot_hash=backtest.snapshot_hash,
        snapshot_at=backtest.snapshot.at or at,
        customers=backtest.customers_done,
        open_appeals=None,
        **results.changes(found),
    )
    try:
        with transaction.atomic():  # a refusal must not take the result with it
            policy_services.record_proof(
                public_id=backtest.candidate.public_id, proof=proof,
                actor=system("simulation"), at=at,
            )  # fmt: skip
    except Refused as refusal:
        return refusal.code
    return ""


@entry
def _fail(*, public_id: str, code: str) -> None:
    """What is done is kept: once the cause is gone the backtest goes on from there."""
    backtest = Backtest.objects.select_for_update().get(public_id=public_id)
    if backtest.state != BacktestState.RUNNING:
        return
    backtest.state, backtest.problem = BacktestState.FAILED, code
    backtest.save(update_fields=["state", "problem"])


def _locked_for(public_id: str, note: str, *states: BacktestState) -> Backtest:
    if not note.strip():
        raise Invalid(_("Say why."), code="note_required")
    queries.backtest(public_id=public_id)
    backtest = Backtest.objects.select_for_update().get(public_id=public_id)
    if backtest.state not in states:
        raise Conflict(
            _("This cannot be done with a backtest in its present state."),
            code="backtest_state",
            extra={"state": backtest.state},
        )
    return backtest


def _record(
    backtest: Backtest,
    action: str,
    actor: Actor,
    at: dt.datetime,
    *,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    ledger.record(
        actor=actor, action=action, subject=("backtest", backtest.public_id), reason=reason,
        detail={"candidate": backtest.candidate_hash, **(detail or {})}, at=at,
    )  # fmt: skip
