"""Re-sealing kept answers under the current key: a client may ask for one again for days."""

from __future__ import annotations

from backoffice.api.idempotency import answer_context
from backoffice.api.models import IdempotentRequest
from backoffice.lib import crypto, resealing


def rotate(*, batch: int, progress: resealing.Progress) -> resealing.Rotated:
    """Effects: see `resealing.rotate`."""
    return resealing.rotate(
        model=IdempotentRequest, columns=["body"], reseal=_reseal, batch=batch, progress=progress
    )


def _reseal(row: IdempotentRequest) -> int:
    if row.body is None:
        return 0
    fresh = crypto.resealed(row.body, context=answer_context(row.client_id, row.key))
    if fresh is None:
        return 0
    row.body = fresh
    return 1
