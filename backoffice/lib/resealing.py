"""Bringing sealed values under the current key, row by row, safe to stop and start again.

Each room says which of its columns are sealed and in which context; here is the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from backoffice.lib import crypto

Progress = Callable[[str, int], None]  # the table, and how many of its rows were looked at


@dataclass(frozen=True, slots=True)
class Rotated:
    """What one walk did. `broken` names rows by key, with values no key at hand opens."""

    rows: int = 0
    values: int = 0
    broken: tuple[str, ...] = ()

    def __add__(self, other: Rotated) -> Rotated:
        return Rotated(
            self.rows + other.rows, self.values + other.values, self.broken + other.broken
        )


def rotate(
    *,
    model: type[models.Model],
    columns: Sequence[str],
    reseal: Callable[[Any], int],
    batch: int,
    progress: Progress,
) -> Rotated:
    """`reseal` renews a row's values in place and answers how many; it may raise SealBroken.

    Effects: a transaction a batch; rows are locked while their values are exchanged.
    """
    done, last = Rotated(), None
    while True:
        with transaction.atomic():
            rows = model._default_manager.select_for_update(no_key=True).order_by("pk")
            found = list((rows if last is None else rows.filter(pk__gt=last))[:batch])
            part, changed = _resealed(found, reseal)
            model._default_manager.bulk_update(changed, columns)
        if not found:
            return done
        done, last = done + part, found[-1].pk
        progress(model._meta.label, done.rows)


def _resealed(
    rows: Sequence[models.Model], reseal: Callable[[Any], int]
) -> tuple[Rotated, list[models.Model]]:
    changed, values, broken = [], 0, []
    for row in rows:
        try:
            renewed = reseal(row)
        except crypto.SealBroken as error:
            broken.append(f"{row._meta.label} {row.pk}: {error}")
            continue
        if renewed:
            changed.append(row)
            values += renewed
    return Rotated(len(rows), values, tuple(broken)), changed
