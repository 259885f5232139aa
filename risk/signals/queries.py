"""Reading a customer's signals as a decision sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from accounts.verification import queries as verification
from accounts.verification.facts import Standing
from backoffice.lib import bulk
from risk.events import windows
from risk.events.facts import Measure, Window, WindowValue
from risk.links import queries as links
from risk.links.facts import LinkFacts
from risk.signals import derived
from risk.signals.catalogue import SIGNALS, STORED, observed_column, of_family
from risk.signals.facts import Facts, Signal, SignalFamily, SignalValue
from risk.signals.formulas import FORMULAS
from risk.signals.rules import bounded, stale_before

_STORED_NAMES = tuple(STORED)
_LIMITED = {f"fresh_{each.fresh_days}": each for each in STORED.values() if each.fresh_days}
# Whether each is stale is asked of the database: reading a time for every signal of every customer
# costs more than deciding them.
_STALE = ", ".join(
    f"coalesce({observed_column(name)} < %(fresh_{signal.fresh_days})s, TRUE)"
    if signal.fresh_days
    else "FALSE"
    for name, signal in STORED.items()
)
_SELECT = (
    f"SELECT customer_id, {', '.join(_STORED_NAMES)}, {_STALE} "  # noqa: S608 — the catalogue's
    "FROM risk_customersignals WHERE customer_id = ANY(%(customer_ids)s)"
)
_ALWAYS = (*STORED, *of_family(SignalFamily.VERIFICATION))
_WINDOWS = of_family(SignalFamily.WINDOW)
_LINKS = of_family(SignalFamily.LINKS)
_WINDOWS_CAPPED, _LINKS_CAPPED = "windows_are_capped", "links_are_capped"
_SECONDS_A_DAY = 86_400


def facts_for(*, customer_id: int, at: dt.datetime, names: Collection[str] | None = None) -> Facts:
    """The signals of one customer; see `facts_for_many`."""
    return facts_for_many(customer_ids=[customer_id], at=at, names=names)[customer_id]


def facts_for_many(
    *, customer_ids: Sequence[int], at: dt.datetime, names: Collection[str] | None = None
) -> dict[int, Facts]:
    """What is known of several customers, by id; unknown and stale signals are None.

    What is stored and verified is always there. Of what is counted or worked out only what
    `names` has (None: everything), so that a policy that does not look at it pays for none of it:
    two queries, and one more for each family asked for.
    """
    plan = _plan(None if names is None else frozenset(names))
    limits = {name: stale_before(signal=each, at=at) for name, each in _LIMITED.items()}
    found = bulk.read(_SELECT, {"customer_ids": list(customer_ids), **limits})
    rows = {row[0]: row[1:] for row in found}
    standings = verification.standings(customer_ids=customer_ids)
    known = {
        customer_id: _Known(rows.get(customer_id), standings[customer_id])
        for customer_id in customer_ids
    }
    if plan.names:
        _complete(known, plan, at)
    return {customer_id: each.facts(plan) for customer_id, each in known.items()}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What has to be read for the names asked for, and what of it the facts then show."""

    names: tuple[str, ...]
    windows: tuple[Window, ...]
    reads_links: bool
    marks: tuple[str, ...]
    derived: tuple[str, ...]


@lru_cache(maxsize=256)
def _plan(names: frozenset[str] | None) -> _Plan:
    asked = [name for name in SIGNALS if name not in _ALWAYS and (names is None or name in names)]
    formulas = [name for name in asked if name in FORMULAS]
    needed = {*asked, *(need for name in formulas for need in SIGNALS[name].needs)}
    if _WINDOWS_CAPPED in needed:
        needed |= set(_WINDOWS)
    return _Plan(
        names=tuple(asked),
        windows=tuple(s.window for n, s in _WINDOWS.items() if n in needed and s.window),
        reads_links=not needed.isdisjoint(_LINKS),
        marks=tuple(mark for mark in derived.MARKS if mark in needed),
        derived=tuple(formulas),
    )


class _Known:
    """What has been read of one customer so far."""

    __slots__ = ("capped", "seen", "stale", "values")

    def __init__(self, row: Sequence[Any] | None, standing: Standing) -> None:
        self.values: dict[str, SignalValue] = dict.fromkeys(_ALWAYS)
        self.stale: list[str] = []
        self.capped: set[str] = set()
        self.seen: dict[str, Any] = {}  # what is counted or worked out, asked for or only needed
        if row is not None:
            self._read(row)
        self.values["identity_status"] = standing.status.value
        self.values["name_comparison"] = standing.name.value
        self.values["id_number_comparison"] = standing.id_number.value
        self.values["phone_comparison"] = standing.phone.value

    def _read(self, row: Sequence[Any]) -> None:
        count = len(_STORED_NAMES)
        for name, value, is_stale in zip(_STORED_NAMES, row[:count], row[count:], strict=True):
            if value is None:
                continue
            if is_stale:
                self.stale.append(name)
            else:
                self.values[name] = Decimal(value) if value.__class__ is int else value

    def facts(self, plan: _Plan) -> Facts:
        self.values.update((name, self.seen[name]) for name in plan.names)
        capped = tuple(name for name in plan.names if name in self.capped)
        return Facts(values=self.values, stale=tuple(self.stale), capped=capped)

    def count(self, measured: Mapping[str, WindowValue]) -> None:
        for name, value in measured.items():
            self.seen[name] = _counted(_WINDOWS[name], value)
            if value.is_capped and _WINDOWS[name].unit != "days":
                self.capped.add(name)
        self.seen[_WINDOWS_CAPPED] = bool(self.capped)

    def link(self, found: LinkFacts) -> None:
        for name, signal in _LINKS.items():
            is_flag = name == _LINKS_CAPPED
            self.seen[name] = found.is_capped if is_flag else _number(signal, getattr(found, name))
            if found.is_capped and signal.unit == "number":
                self.capped.add(name)

    def work_out(self, plan: _Plan, marks: Sequence[Any], at: dt.datetime) -> None:
        seen = {**self.values, **self.seen, **dict(zip(plan.marks, marks, strict=True))}
        for name in plan.derived:
            value = FORMULAS[name](seen, at)
            self.seen[name] = bounded(SIGNALS[name], value)


def _complete(known: Mapping[int, _Known], plan: _Plan, at: dt.datetime) -> None:
    customer_ids = list(known)
    if plan.windows:
        counted = windows.values_for_many(customer_ids=customer_ids, windows=plan.windows, at=at)
        for customer_id, measured in counted.items():
            known[customer_id].count(measured)
    if plan.reads_links:
        for customer_id, found in links.facts_for_many(customer_ids=customer_ids, at=at).items():
            known[customer_id].link(found)
    if plan.derived:
        marks = _marks(customer_ids, plan.marks, at)
        for customer_id, each in known.items():
            each.work_out(plan, marks.get(customer_id, (None,) * len(plan.marks)), at)


def _marks(
    customer_ids: list[int], marks: tuple[str, ...], at: dt.datetime
) -> dict[int, Sequence[Any]]:
    if not marks:
        return {}
    rows = bulk.read(derived.statement(marks), {"customer_ids": customer_ids, "at": at})
    return {row[0]: row[1:] for row in rows}


def _counted(signal: Signal, measured: WindowValue) -> SignalValue:
    value = measured.value
    if signal.window is None or value is None:
        return Decimal(0) if signal.is_always_known else None
    if signal.window.measure is Measure.SECONDS_SINCE:
        value = int(value // _SECONDS_A_DAY)
    return _number(signal, value)


def _number(signal: Signal, value: Decimal | int | None) -> SignalValue:
    return None if value is None else bounded(signal, Decimal(value))
