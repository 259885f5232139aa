"""What differs between two models, row by row, as a person would say it.

Rows that are equal belong together wherever they stand; of the others those that share most of
what they say are one row that was changed; what is left was added or removed. The largest set of
pairs in one order stands still, the others were moved. A table of 2,000 rows against another takes
a second or two at the most: similar rows are looked for near each other when there are very many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from risk.exchange.columns import SILENT, column_differences, property_changes
from risk.exchange.facts import (
    KEYS_OF_A_RULE,
    Change,
    ColumnDifference,
    ModelDifference,
    PropertyChange,
    RowDifference,
    TableDifference,
    others,
)
from risk.exchange.moves import moved
from risk.tables.facts import Model
from risk.tables.services import canonical, model_to_json

_ALIKE = 0.5  # of the cells that say something, for two rows to be one that was changed
_PAIRS_AT_MOST = 200_000
_NEAR = 40  # rows to either side, when all pairs would be too many

Cells = tuple[str | None, ...]
_EMPTY: Mapping[str, Any] = {"inputs": [], "outputs": [], "rules": []}


def differences(old: Model, new: Model) -> ModelDifference:
    """Tables by name, in the new model's order; removed ones at the end."""
    before, after = model_to_json(old), model_to_json(new)
    olds = {table["name"]: table for table in reversed(before["tables"])}
    names = list(dict.fromkeys(table["name"] for table in after["tables"]))
    news = {table["name"]: table for table in reversed(after["tables"])}
    tables = tuple(
        _table(name, olds.get(name), news.get(name))
        for name in [*names, *(name for name in olds if name not in news)]
    )
    changes = property_changes(before, after, ("tables",))
    found = ModelDifference(tables, changes)
    if found.is_same and before != after:  # another order, or a name twice
        orders = ([table["name"] for table in model["tables"]] for model in (before, after))
        return ModelDifference(tables, (PropertyChange("tables", *orders),))
    return found


def _table(
    name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> TableDifference:
    before, after = old or _EMPTY, new or _EMPTY
    columns = column_differences(before, after)
    rows = tuple(_rows(before["rules"], after["rules"], columns))
    but = ("name", "inputs", "outputs", "rules")
    changes = property_changes(before, after, but) if old and new else ()
    is_same = not (
        changes or any(column.differs for column in columns) or any(row.differs for row in rows)
    )
    change = Change.between(has_old=old is not None, has_new=new is not None, is_same=is_same)
    return TableDifference(change, name, changes, columns, rows)


def _rows(
    olds: Sequence[Mapping[str, Any]],
    news: Sequence[Mapping[str, Any]],
    columns: Sequence[ColumnDifference],
) -> Iterator[RowDifference]:
    """The new table's rows in order, each removed row behind the row that stood before it."""
    before = [_cells(rule, columns, is_old=True) for rule in olds]
    after = [_cells(rule, columns, is_old=False) for rule in news]
    silent = tuple("-" if column.is_input else "" for column in columns)
    partner = _partners([_key(c, silent) for c in before], [_key(c, silent) for c in after])
    out_of_order = moved(partner)
    removed = _removed_behind(len(before), partner, out_of_order)
    yield from (_row(before, olds, place, after, news, None) for place in removed.get(-1, ()))
    for new in range(len(after)):
        row = _row(before, olds, partner.get(new), after, news, new, new in out_of_order)
        yield row
        yield from (_row(before, olds, place, after, news, None) for place in removed.get(new, ()))


def _cells(rule: Mapping[str, Any], columns: Sequence[ColumnDifference], *, is_old: bool) -> Cells:
    found: list[str | None] = []
    for column in columns:
        cells = rule["inputs" if column.is_input else "outputs"]
        place = column.old_place if is_old else column.new_place
        found.append(cells[place] if 0 <= place < len(cells) else None)
    return tuple(found)


def _key(cells: Cells, silent: Sequence[str]) -> tuple[str, ...]:
    """A cell under a column that is not there says as much as an empty one."""
    return tuple(text or nothing for text, nothing in zip(cells, silent, strict=True))


def _partners(olds: Sequence[tuple[str, ...]], news: Sequence[tuple[str, ...]]) -> dict[int, int]:
    """New place to old place."""
    found = _ends(olds, news)
    taken = set(found.values())
    waiting: dict[tuple[str, ...], list[int]] = {}
    for place in reversed(range(len(olds))):
        if place not in taken:
            waiting.setdefault(olds[place], []).append(place)
    for place, key in enumerate(news):
        if place not in found and waiting.get(key):
            found[place] = waiting[key].pop()
    return found | _similar(olds, news, found)


def _ends(olds: Sequence[Any], news: Sequence[Any]) -> dict[int, int]:
    """Equal rows from the top and from the bottom, so that a row put in moves none."""
    size = min(len(olds), len(news))
    top = next((i for i in range(size) if olds[i] != news[i]), size)
    size -= top
    bottom = next((i for i in range(size) if olds[-1 - i] != news[-1 - i]), size)
    found = {place: place for place in range(top)}
    return found | {len(news) - 1 - i: len(olds) - 1 - i for i in range(bottom)}


def _similar(
    olds: Sequence[tuple[str, ...]], news: Sequence[tuple[str, ...]], found: Mapping[int, int]
) -> dict[int, int]:
    """The most alike first; of equally alike ones, those that stand nearest."""
    taken = set(found.values())
    left = [place for place in range(len(olds)) if place not in taken]
    right = [place for place in range(len(news)) if place not in found]
    reach = len(right) if len(left) * len(right) <= _PAIRS_AT_MOST else _NEAR
    candidates = []
    for index, old in enumerate(left):
        for new in right[max(0, index - reach) : index + reach + 1]:
            score = _alike(olds[old], news[new])
            if score >= _ALIKE:
                candidates.append((-score, abs(old - new), new, old))
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for _score, _distance, new, old in sorted(candidates):
        if new not in pairs and old not in used:
            pairs[new] = old
            used.add(old)
    return pairs


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The share of cells that say something and say the same."""
    same = said = 0
    for left, right in zip(one, other, strict=True):
        if left == right:
            same += left not in SILENT
            said += left not in SILENT
        else:
            said += 1
    return same / said if said else 0.0


def _removed_behind(
    count: int, partner: Mapping[int, int], out_of_order: set[int]
) -> dict[int, list[int]]:
    """Removed old places by the new place of the row that stood before them; -1 for the top."""
    taken = set(partner.values())
    still = {old: new for new, old in partner.items() if new not in out_of_order}
    found: dict[int, list[int]] = {}
    behind = -1
    for place in range(count):
        behind = still.get(place, behind)
        if place not in taken:
            found.setdefault(behind, []).append(place)
    return found


def _row(
    before: Sequence[Cells], olds: Sequence[Mapping[str, Any]], old: int | None,
    after: Sequence[Cells], news: Sequence[Mapping[str, Any]], new: int | None,
    is_moved: bool = False,
) -> RowDifference:  # fmt: skip
    old_cells = () if old is None else before[old]
    new_cells = () if new is None else after[new]
    old_note = "" if old is None else _note(olds[old])
    new_note = "" if new is None else _note(news[new])
    is_same = old_note == new_note and all(map(_says_the_same, old_cells, new_cells))
    change = Change.between(has_old=old is not None, has_new=new is not None, is_same=is_same)
    numbers = (None if old is None else old + 1, None if new is None else new + 1)
    return RowDifference(change, *numbers, is_moved, old_cells, new_cells, old_note, new_note)


def _says_the_same(old: str | None, new: str | None) -> bool:
    """Under an added or removed column only a cell that says nothing changes nothing."""
    if old is None or new is None:
        return (old or new or "") in SILENT
    return old == new


def _note(rule: Mapping[str, Any]) -> str:
    more, note = others(rule, KEYS_OF_A_RULE), str(rule.get("note", ""))
    return f"{note} {canonical(more)}" if more else note
