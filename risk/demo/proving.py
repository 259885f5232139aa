"""The proof a version needs before it can be approved: a backtest, or none where nobody is yet."""

from __future__ import annotations

import datetime as dt
import hashlib

from backoffice.lib import clock, ids
from backoffice.lib.errors import Unavailable
from compliance.ledger.facts import Actor
from risk.policies import queries, services
from risk.policies.facts import Proof
from risk.simulation import services as simulation
from risk.simulation.models import BacktestState


def prove_on_nobody(*, public_id: str, actor: Actor, at: dt.datetime) -> None:
    """For a product nobody has asked for so far. Effects: a proof over an empty snapshot,
    compared with what is in force.
    """
    version = queries.version(public_id=public_id)
    proof = Proof(
        backtest_public_id=ids.ordered("bkt"),
        candidate_hash=version.content_hash,
        live_hash=queries.live_hash(product_id=version.product_id),
        snapshot_hash=hashlib.sha256(b"").hexdigest(),
        snapshot_at=at,
        customers=0,
        closes=0,
        limits=0,
        opens=0,
    )
    services.record_proof(public_id=public_id, proof=proof, actor=actor, at=at)


def prove_on_everybody(*, public_id: str, note: str, actor: Actor) -> int:
    """How many customers a backtest on a fresh snapshot looked at.

    Worked out in this process, beside a worker that may be at it too. Effects: snapshot, backtest
    and proof. Raises: Refused; Unavailable when it ends without a proof.
    """
    started = simulation.start(
        candidate_public_id=public_id, note=note, actor=actor, at=clock.now()
    ).public_id
    found = simulation.run(public_id=started, now=clock.now)
    if found.state != BacktestState.FINISHED or found.proof_problem:
        raise Unavailable("The backtest gave no proof.", code="backtest_failed")
    return found.customers_done
