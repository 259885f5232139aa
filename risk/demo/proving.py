"""The proof a version needs before it can be approved, where there is nobody to try it on yet."""

from __future__ import annotations

import datetime as dt
import hashlib

from backoffice.lib import ids
from compliance.ledger.facts import Actor
from risk.policies import queries, services
from risk.policies.facts import Proof


def prove(*, public_id: str, actor: Actor, at: dt.datetime) -> None:
    """Effects: a proof over an empty snapshot, compared with what is in force."""
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
