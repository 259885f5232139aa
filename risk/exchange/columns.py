"""Which column of one table is which of the other: by name, else by what stands in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from risk.exchange.facts import Change, ColumnDifference, PropertyChange
from risk.exchange.moves import moved

_ALIKE = 0.6  # of the cells that say something
SILENT = ("", "-")
Column = Mapping[str, Any]


def column_differences(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[ColumnDifference, ...]:
    """Inputs then outputs, in the new table's order; removed ones where they were."""
    return tuple(
        difference for part in ("inputs", "outputs") for difference in _of_part(old, new, part)
    )


def property_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], but: Sequence[str] = ()
) -> tuple[PropertyChange, ...]:
    return tuple(
        PropertyChange(name, old.get(name), new.get(name))
        for name in sorted((old.keys() | new.keys()) - set(but))
        if old.get(name) != new.get(name)
    )


def _of_part(old: Mapping[str, Any], new: Mapping[str, Any], part: str) -> list[ColumnDifference]:
    olds, news = old[part], new[part]
    partner = _same_names(olds, news)
    partner |= _renamed(old, new, part, partner)
    out_of_order = moved(partner)
    found = [
        _difference(part, olds, partner.get(place), news, place, place in out_of_order)
        for place in range(len(news))
    ]
    taken = set(partner.values())
    for place in range(len(olds)):
        if place not in taken:
            found.insert(_after(found, place), _difference(part, olds, place, news, None))
    return found


def _same_names(olds: Sequence[Column], news: Sequence[Column]) -> dict[int, int]:
    """New place to old place; of equal names in a draft, the first goes with the first."""
    places: dict[str, list[int]] = {}
    for place, column in enumerate(olds):
        places.setdefault(column["name"], []).append(place)
    return {
        place: places[column["name"]].pop(0)
        for place, column in enumerate(news)
        if places.get(column["name"])
    }


def _renamed(
    old: Mapping[str, Any], new: Mapping[str, Any], part: str, partner: Mapping[int, int]
) -> dict[int, int]:
    """Columns without a namesake that hold much the same."""
    free = [place for place in range(len(old[part])) if place not in partner.values()]
    found = {}
    for place, column in enumerate(new[part]):
        if place in partner:
            continue
        cells = _said(new, part, place)
        alike = [
            (_alike(_said(old, part, other), cells), -abs(other - place), other)
            for other in free
            if old[part][other]["type"] == column["type"]
        ]
        if alike and max(alike)[0] >= _ALIKE:
            found[place] = max(alike)[2]
            free.remove(found[place])
    return found


def _said(table: Mapping[str, Any], part: str, place: int) -> Counter[str]:
    texts = (rule[part][place] for rule in table["rules"] if place < len(rule[part]))
    return Counter(text for text in texts if text not in SILENT)


def _alike(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(one.total(), other.total(), 1)


def _difference(
    part: str, olds: Sequence[Column], old: int | None,
    news: Sequence[Column], new: int | None,
    is_moved: bool = False,
) -> ColumnDifference:  # fmt: skip
    before: Column = {} if old is None else olds[old]
    after: Column = {} if new is None else news[new]
    changes = property_changes(before, after, ("name",)) if before and after else ()
    is_same = not changes and before.get("name") == after.get("name")
    change = Change.between(has_old=bool(before), has_new=bool(after), is_same=is_same)
    return ColumnDifference(
        change, part == "inputs", before.get("name", ""), after.get("name", ""),
        -1 if old is None else old, -1 if new is None else new, is_moved, changes,
    )  # fmt: skip


def _after(found: Sequence[ColumnDifference], place: int) -> int:
    """Behind the column that stood before it."""
    before = [index for index, column in enumerate(found) if 0 <= column.old_place < place]
    return max(before) + 1 if before else 0
