"""Two versions of a product's policy side by side: what a person would say has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import ngettext

from backoffice.console.labels import product_name
from backoffice.lib.errors import Invalid, Missing
from risk.exchange.facts import (
    Change,
    ColumnDifference,
    ModelDifference,
    PropertyChange,
    RowDifference,
    TableDifference,
)
from risk.exchange.services import differences
from risk.policies import queries
from risk.policies.file_words import CHANGES, MARKS, PROPERTIES, VALUES
from risk.policies.models import PolicyVersion, VersionStatus
from risk.policies.screens import OUTPUT_LABELS
from risk.policies.words import TABLE_TITLES, cell_words
from risk.signals.catalogue import COLUMNS
from risk.tables.facts import TableError
from risk.tables.services import model_from_json

ROWS_SHOWN = 300
VERSIONS_OFFERED = 200
_MOVED = "↕"


def comparison_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """`?old=…&new=…` by public id; without them, the newest and what is in force."""
    try:
        old, new = _chosen(_asked(request, "old"), _asked(request, "new"))
        found = differences(model_from_json(old.content), model_from_json(new.content))
    except (Missing, Invalid) as error:
        messages.error(request, str(error.message))
        return HttpResponseRedirect(reverse("admin:risk_policyversion_changelist"))
    except TableError:
        messages.error(request, _now("The stored policy cannot be read."))
        return HttpResponseRedirect(reverse("admin:risk_policyversion_changelist"))
    offered = queries.versions().filter(product_id=new.product_id).defer("content")
    context = {
        **site.each_context(request),
        "title": _now("Compare two versions"),
        "opts": PolicyVersion._meta,
        "old": old,
        "new": new,
        "product": product_name(new.product),
        "versions": sorted(
            {*offered[:VERSIONS_OFFERED], old, new}, key=lambda version: -version.number
        ),
        **shown(found),
    }
    return TemplateResponse(request, "policies/compare.html", context)


def _asked(request: HttpRequest, name: str) -> str:
    """The database would refuse to look for a NUL."""
    return request.GET.get(name, "").replace("\x00", "?")


def _chosen(old_id: str, new_id: str) -> tuple[PolicyVersion, PolicyVersion]:
    """Raises: Missing, Invalid (versions of two products)."""
    new = queries.version(public_id=new_id) if new_id else queries.versions().first()
    if new is None:
        raise Missing(_now("There is no policy version yet."), code="policy_unknown")
    old = queries.version(public_id=old_id) if old_id else _what_it_replaces(new)
    if old.product_id != new.product_id:
        raise Invalid(_now("Choose two versions of one product."), code="products_differ")
    return old, new


def _what_it_replaces(version: PolicyVersion) -> PolicyVersion:
    """The one in force, else the one before it, else itself."""
    others = queries.versions().filter(product_id=version.product_id).exclude(pk=version.pk)
    return (
        others.filter(status=VersionStatus.LIVE).first()
        or others.filter(number__lt=version.number).order_by("-number").first()
        or version
    )


def shown(found: ModelDifference) -> dict[str, Any]:
    return {
        "is_same": found.is_same,
        "properties": [_property(change) for change in found.properties],
        "tables": [_table(table) for table in found.tables],
    }


def _table(table: TableDifference) -> dict[str, Any]:
    """Columns that say nothing in any row that is shown are left out."""
    hidden = sum(row.differs for row in table.rows) - ROWS_SHOWN
    lines = list(_lines(table))
    told = [
        index
        for index, column in enumerate(table.columns)
        if column.change is not Change.SAME or any(_says(line, index) for line in lines)
    ]
    for line in lines:
        line["cells"] = [line["cells"][index] for index in told] if "cells" in line else []
    return {
        "title": TABLE_TITLES.get(table.name, table.name),
        "is_same": table.change is Change.SAME,
        "mark": MARKS[table.change],
        "change": CHANGES[table.change],
        "counts": list(_counts(table)),
        "properties": [_property(change) for change in table.properties],
        "changed_columns": [_changed_column(column) for column in table.columns if column.differs],
        "columns": [_heading(table.columns[index]) for index in told],
        "width": len(told) + 3,
        "lines": lines if any(row.differs for row in table.rows) else [],
        "hidden": _hidden(hidden) if hidden > 0 else "",
    }


def _says(line: dict[str, Any], index: int) -> bool:
    return "cells" in line and not line["cells"][index]["is_anything"]


def _counts(table: TableDifference) -> Iterator[str]:
    count = table.count
    for number, text in (
        (count["added"], ngettext("%(count)s row added", "%(count)s rows added", count["added"])),
        (
            count["removed"],
            ngettext("%(count)s row removed", "%(count)s rows removed", count["removed"]),
        ),
        (
            count["changed"],
            ngettext("%(count)s row changed", "%(count)s rows changed", count["changed"]),
        ),
        (count["moved"], ngettext("%(count)s row moved", "%(count)s rows moved", count["moved"])),
    ):
        if number:
            yield text % {"count": number}


def _lines(table: TableDifference) -> Iterator[dict[str, Any]]:
    """Rows that differ, and how many equal ones lie between them."""
    same = told = 0
    for row in table.rows:
        if not row.differs:
            same += 1
            continue
        if told == ROWS_SHOWN:
            return
        if same:
            yield {"same": _same(same)}
        same, told = 0, told + 1
        yield _line(row, table.columns)
    if same:
        yield {"same": _same(same)}


def _same(count: int) -> str:
    text = ngettext("%(count)s row is the same", "%(count)s rows are the same", count)
    return text % {"count": count}


def _hidden(count: int) -> str:
    text = ngettext(
        "%(count)s more row differs; manage.py policy_diff shows every one.",
        "%(count)s more rows differ; manage.py policy_diff shows every one.",
        count,
    )
    return text % {"count": count}


def _line(row: RowDifference, columns: Sequence[ColumnDifference]) -> dict[str, Any]:
    words = [] if row.change is Change.SAME else [CHANGES[row.change]]
    words += [_now("moved")] if row.is_moved else []
    return {
        "kind": row.change.value if row.change is not Change.SAME else "moved",
        "mark": MARKS[row.change] + (_MOVED if row.is_moved else ""),
        "words": words,
        "old_number": row.old_number,
        "new_number": row.new_number,
        "cells": [_cell(row, index, column) for index, column in enumerate(columns)],
        "note": _pair(row.change, row.old_note, row.new_note),
    }


def _cell(row: RowDifference, index: int, column: ColumnDifference) -> dict[str, Any]:
    """In words, unless two different texts would be the same words."""
    old = (row.old[index] or "") if row.old else ""
    new = (row.new[index] or "") if row.new else ""
    old_words, new_words = cell_words(column.name, old), cell_words(column.name, new)
    if old != new and old_words == new_words:
        old_words, new_words = old, new
    return {
        "is_output": not column.is_input,
        "is_anything": {old, new} <= {"", "-"},
        "title": " → ".join(dict.fromkeys(text for text in (old, new) if text)),
        **_pair(row.change, _said(old_words), _said(new_words)),
    }


def _pair(change: Change, old: str, new: str) -> dict[str, Any]:
    is_changed = change is Change.CHANGED and old != new
    return {
        "is_changed": is_changed,
        "old": old,
        "new": new,
        "text": old if change is Change.REMOVED else new,
    }


def _said(text: str) -> str:
    return "·" if text in ("", "-") else text


def _heading(column: ColumnDifference) -> dict[str, Any]:
    is_marked = column.change in (Change.ADDED, Change.REMOVED)
    return {
        "name": column.name,
        "label": _label(column),
        "is_output": not column.is_input,
        "mark": MARKS[column.change] if is_marked else "",
        "words": CHANGES[column.change] if is_marked else "",
        "change": column.change.value,
    }


def _changed_column(column: ColumnDifference) -> dict[str, Any]:
    words = [CHANGES[column.change]] if column.change is not Change.SAME else []
    if column.is_renamed:
        words = [_now("renamed from %(name)s") % {"name": _named(column.old_name, column)}]
    words += [_now("moved")] if column.is_moved else []
    mark = MARKS[column.change] + (_MOVED if column.is_moved else "")
    return {
        "mark": mark,
        "label": _label(column),
        "name": column.name,
        "words": words,
        "properties": [_property(change) for change in column.properties],
    }


def _property(change: PropertyChange) -> dict[str, Any]:
    return {
        "label": PROPERTIES.get(change.name, change.name),
        "old": _plain(change.old),
        "new": _plain(change.new),
    }


def _plain(value: Any) -> str:
    if value in (None, "", []):
        return "—"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(VALUES.get(value, value))


def _label(column: ColumnDifference) -> Any:
    return _named(column.name, column)


def _named(name: str, column: ColumnDifference) -> Any:
    if column.is_input:
        return COLUMNS[name].label if name in COLUMNS else name
    return OUTPUT_LABELS.get(name, name)
