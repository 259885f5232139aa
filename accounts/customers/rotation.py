"""Re-sealing stored values under the current key, in batches, safe to stop and start again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import transaction

from backoffice.lib import crypto

# Which sealed columns live where: (model, context prefix, fields). Each has a public id.
SEALED_TABLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "accounts.Customer", "customer",
        ("legal_name", "id_number", "birth_date", "phone", "email", "address", "employer"),
    ),
    ("accounts.BureauRecord", "bureau_record", ("legal_name", "id_number", "phone")),
)  # fmt: skip


def rotate(*, batch: int, progress: Callable[[str, int], None]) -> int:
    """Returns how many values were re-sealed. `progress` gets the table and rows looked at."""
    return sum(
        resealed
        for table, prefix, fields in SEALED_TABLES
        for resealed in _rotate_table(table, prefix, fields, batch, progress)
    )


def _rotate_table(
    table: str, prefix: str, fields: tuple[str, ...], batch: int,
    progress: Callable[[str, int], None],
) -> Iterator[int]:  # fmt: skip
    model, last_id, seen = apps.get_model(table), 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                model._default_manager.select_for_update()
                .filter(id__gt=last_id)
                .order_by("id")[:batch]
            )
            changed = [row for row in rows if _reseal(row, prefix, fields)]
            model._default_manager.bulk_update(changed, [f"{name}_sealed" for name in fields])
        if not rows:
            return
        last_id, seen = rows[-1].pk, seen + len(rows)
        progress(table, seen)
        yield len(changed)


def _reseal(row: object, prefix: str, fields: tuple[str, ...]) -> bool:
    current, changed = crypto.current_key_id(), False
    for name in fields:
        sealed = getattr(row, f"{name}_sealed")
        if sealed is None or crypto.key_id_of(sealed) == current:
            continue
        context = f"{prefix}.{name}:{row.public_id}"  # type: ignore[attr-defined]
        setattr(
            row,
            f"{name}_sealed",
            crypto.seal(crypto.unseal(sealed, context=context), context=context),
        )
        changed = True
    return changed
