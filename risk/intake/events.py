"""What the rows of a file of events become: whatever `risk.signals.taking` makes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from backoffice.lib import clock
from backoffice.lib.errors import FieldFault
from backoffice.lib.transactions import step
from compliance.ledger.facts import Actor
from risk.events import queries as log
from risk.events import services as months
from risk.intake.facts import EventRow, RowFault, Written
from risk.intake.models import ImportRun
from risk.signals import taking
from risk.signals.given import CheckedEvent, ItemStatus, checked


def check(*, rows: Sequence[EventRow], at: dt.datetime) -> list[RowFault]:
    """What is wrong with the events alone; whether their customers exist is not asked."""
    earliest = log.earliest_taken(at=at)
    return [
        fault
        for row in rows
        if not isinstance(found := checked(row.event, at=at, earliest=earliest), CheckedEvent)
        for fault in _faults(row, found)
    ]


def prepare(*, rows: Sequence[EventRow], at: dt.datetime) -> None:
    """Effects: months nobody wrote before are made, in a short transaction of their own."""
    earliest = log.earliest_taken(at=at)
    moments = {row.occurred_at for row in rows}
    months.prepare(moments=[m for m in moments if m >= earliest and not clock.lies_ahead(m, at=at)])


@step
def write(*, run: ImportRun, rows: Sequence[EventRow], actor: Actor, at: dt.datetime) -> Written:
    """Effects: as `taking.take`. An event that was taken before counts as repeated."""
    answers = taking.take(events=[row.event for row in rows], source=run.source, at=at)
    faults = [
        fault
        for row, answer in zip(rows, answers, strict=True)
        if answer.status is ItemStatus.REFUSED
        for fault in _faults(row, answer.faults)
    ]
    repeated = sum(answer.status is ItemStatus.DUPLICATE for answer in answers)
    return Written(tuple(faults), refused=len({f.line for f in faults}), repeated=repeated)


def _faults(row: EventRow, faults: Iterable[FieldFault]) -> Iterator[RowFault]:
    """Of the column it came from; what no column gave is named itself."""
    for fault in faults:
        name, _slash, inside = fault.pointer[1:].partition("/")
        column = row.columns.get(inside or name, name)
        yield RowFault(row.line, column, fault.code, str(fault.detail))
