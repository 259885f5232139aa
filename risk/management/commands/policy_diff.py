"""`manage.py policy_diff OLD NEW`: what differs between two versions, row by row."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.lib.errors import Missing
from risk.exchange.facts import (
    Change,
    ModelDifference,
    PropertyChange,
    RowDifference,
    TableDifference,
)
from risk.exchange.services import difference_as_json, differences
from risk.policies import queries
from risk.tables.facts import Model, TableError
from risk.tables.services import model_from_json

_MARKS = {Change.SAME: " ", Change.CHANGED: "~", Change.ADDED: "+", Change.REMOVED: "-"}


class Command(BaseCommand):
    help = "Tell what differs between two versions of a policy, row by row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        name = "public id (pol_…), or PRODUCT@NUMBER"
        parser.add_argument("old", help=f"the version compared with: {name}")
        parser.add_argument("new", help=f"the version that is compared: {name}")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *arguments: Any, **options: Any) -> None:
        found = differences(_model(options["old"]), _model(options["new"]))
        if options["json"]:
            self.stdout.write(json.dumps(difference_as_json(found=found), ensure_ascii=False))
            return
        for line in _told(found):
            self.stdout.write(line)


def _model(name: str) -> Model:
    try:
        return model_from_json(queries.version_called(name).content)
    except Missing:
        raise CommandError(f"There is no policy version {name}.") from None
    except TableError as error:
        raise CommandError(f"The policy version {name} cannot be read: {error}") from None


def _told(found: ModelDifference) -> Iterator[str]:
    if found.is_same:
        yield "The two versions say the same."
    for change in found.properties:
        yield _changed(change)
    for table in found.tables:
        if table.change is not Change.SAME:
            yield from _table(table)


def _changed(change: PropertyChange) -> str:
    return f"{change.name}: {change.old or '-'} → {change.new or '-'}"


def _table(table: TableDifference) -> Iterator[str]:
    counts = ", ".join(f"{count} {what}" for what, count in table.count.items() if count)
    yield f"{table.name}: {table.change}" + (f" ({counts})" if counts else "")
    for change in table.properties:
        yield f"  {_changed(change)}"
    for column in table.columns:
        if column.differs:
            renamed = f" (was {column.old_name})" if column.is_renamed else ""
            moved = " moved" if column.is_moved else ""
            yield f"{_MARKS[column.change]} column {column.name}{renamed}{moved}"
            for change in column.properties:
                yield f"    {_changed(change)}"
    names = [column.name for column in table.columns]
    for row in table.rows:
        if row.differs:
            yield _row(row, names)


def _row(row: RowDifference, names: list[str]) -> str:
    numbers = dict.fromkeys(str(n) for n in (row.old_number, row.new_number) if n is not None)
    head = f"{_MARKS[row.change]} row {' → '.join(numbers)}{' moved' if row.is_moved else ''}"
    if row.change in (Change.CHANGED, Change.SAME):
        cells = [
            f"{name} {old or '-'} → {new or '-'}"
            for name, old, new in zip(names, row.old, row.new, strict=True)
            if old != new
        ]
        if row.old_note != row.new_note:
            cells.append(f"note {row.old_note!r} → {row.new_note!r}")
    else:
        shown = zip(names, row.new or row.old, strict=True)
        cells = [f"{name} {text}" for name, text in shown if text not in (None, "", "-")]
    return f"{head}: {'; '.join(cells)}" if cells else head
