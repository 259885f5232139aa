"""Re-sealing customers' stored values under the current key."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from accounts.customers.facts import SEALED_FIELDS
from backoffice.lib import crypto, resealing

# Which sealed columns live where: (model, context prefix, fields). Each row has a public id.
SEALED_TABLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("accounts.Customer", "customer", SEALED_FIELDS),
    ("accounts.BureauRecord", "bureau_record", ("legal_name", "id_number", "phone")),
)


def rotate(*, batch: int, progress: resealing.Progress) -> resealing.Rotated:
    """Effects: see `resealing.rotate`."""
    done = resealing.Rotated()
    for table, prefix, fields in SEALED_TABLES:

        def reseal(row: Any, prefix: str = prefix, fields: tuple[str, ...] = fields) -> int:
            return _reseal(row, prefix, fields)

        done += resealing.rotate(
            model=apps.get_model(table),
            columns=[f"{name}_sealed" for name in fields],
            reseal=reseal,
            batch=batch,
            progress=progress,
        )
    return done


def _reseal(row: Any, prefix: str, fields: tuple[str, ...]) -> int:
    renewed = 0
    for name in fields:
        sealed = getattr(row, f"{name}_sealed")
        if sealed is None:
            continue
        fresh = crypto.resealed(sealed, context=f"{prefix}.{name}:{row.public_id}")
        if fresh is not None:
            setattr(row, f"{name}_sealed", fresh)
            renewed += 1
    return renewed
