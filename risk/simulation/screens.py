"""A backtest as its page shows it: every number with what it means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.console.dashboard import SIDE_BY_SIDE_OPTIONS, chart
from backoffice.console.labels import ACCESS_WORDS, SERIES_COLOURS
from backoffice.lib import money
from compliance.ledger import queries as ledger
from compliance.reasons import queries as reasons
from risk.policies import screens as policies
from risk.simulation import results, words
from risk.simulation.facts import DIMENSIONS, STATES
from risk.simulation.models import Backtest, BacktestState

HISTORY_LENGTH = 30
_OLD, _NEW = SERIES_COLOURS[5], SERIES_COLOURS[0]


def backtest_page(backtest: Backtest) -> dict[str, Any]:
    entries = ledger.about(subject=("backtest", backtest.public_id), limit=HISTORY_LENGTH)
    page = {
        "backtest": backtest,
        "progress": progress(backtest),
        "entries": entries,
        "names": ledger.actor_names([backtest.started_by, *(entry.actor for entry in entries)]),
    }
    if backtest.state != BacktestState.FINISHED or backtest.result is None:
        return page
    return {**page, **_found(backtest, backtest.result)}


def progress(backtest: Backtest) -> dict[str, Any]:
    """How far it is, and what stands in the way. While the snapshot is being taken, how far that
    is."""
    snapshot = backtest.snapshot
    is_taking = snapshot.state == "taking"
    done, total = (
        (snapshot.partitions_done, snapshot.partitions)
        if is_taking
        else (backtest.partitions_done, backtest.partitions or snapshot.partitions)
    )
    return {
        "backtest": backtest,
        "is_taking": is_taking,
        "is_running": backtest.state == BacktestState.RUNNING,
        "done": done,
        "total": total,
        "percent": 100 * done // total if total else 0,
        "problem": words.problem_words(backtest.problem) if backtest.problem else "",
    }


def _found(backtest: Backtest, result: Mapping[str, Any]) -> dict[str, Any]:
    matrix = result["matrix"]
    return {
        "found": True,
        "total": words.count(results.customers_in(matrix)),
        "changes": _changes(matrix, result),
        "matrix": _matrix(matrix),
        "books": _books(matrix, backtest.product.currency),
        "held": _held(result["held"]),
        "reasons": _reasons(result["reasons"]),
        "segments": [_segment(name, result["segments"][name]) for name in DIMENSIONS],
        "fairness": [_fairness(name, result["segments"][name]) for name in results.FAIRNESS_BY],
        "small_group": results.SMALL_GROUP,
        "tables": _hits(backtest, result),
        "samples": _samples(result["samples"], backtest.product.currency),
        "proof_problem": words.PROOF_PROBLEMS.get(backtest.proof_problem, backtest.proof_problem),
    }


def _changes(matrix: results.Matrix, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    total, moved = results.customers_in(matrix), results.changes(result)
    labels = {
        "closes": (_("would be closed"), _("Could use the product before.")),
        "limits": (_("would be limited"), _("From open or from closed.")),
        "opens": (_("would be open"), _("From limited or from closed.")),
    }
    return [
        {
            "label": label, "note": note, "number": words.count(moved[name]),
            "share": words.share(moved[name], total),
        }
        for name, (label, note) in labels.items()
    ]  # fmt: skip


def _matrix(matrix: results.Matrix) -> list[dict[str, Any]]:
    """A row for each state before. `heat` is the share of that row, in sixths; `kind` says
    whether a cell loses, gains or stays."""
    shown = []
    for old in STATES:
        cells = [results.cell(matrix, old, new)[0] for new in STATES]
        total = sum(cells)
        shown.append(
            {
                "state": old,
                "words": ACCESS_WORDS[old],
                "total": words.count(total),
                "cells": [
                    {
                        "state": new,
                        "number": words.count(cell),
                        "share": words.share(cell, total),
                        "heat": math.ceil(6 * cell / total) if cell else 0,
                        "kind": _kind(old, new),
                    }
                    for new, cell in zip(STATES, cells, strict=True)
                ],
            }
        )
    return shown


def _kind(old: str, new: str) -> str:
    step = STATES.index(new) - STATES.index(old)
    return "loses" if step > 0 else "gains" if step < 0 else "stays"


def _books(matrix: results.Matrix, currency: str) -> list[dict[str, str]]:
    labels = {
        "old": _("usable under the version in force"),
        "new": _("usable under the candidate"),
        "swap_in": _("swap-in: closed before, usable after"),
        "swap_out": _("swap-out: usable before, closed after"),
    }
    return [
        {
            "label": labels[name],
            "customers": words.count(book.customers),
            "exposure": money.display(book.limit, currency),
            "known": words.count(book.known),
            "bad": words.count(book.bad),
            "bad_rate": words.rate(book.bad_rate),
        }
        for name, book in results.books(matrix).items()
    ]


def _held(held: Mapping[str, int]) -> list[dict[str, Any]]:
    names = {"NONE": _("never decided"), **ACCESS_WORDS}
    return [
        {
            "words": names[old],
            "cells": [words.count(held.get(f"{old}>{new}", 0)) for new in STATES],
        }
        for old in names
    ]


def _reasons(counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    codes = sorted({*counts["old"], *counts["new"]})
    language = get_language() or "zh-hans"
    texts = {one.code: one.text for one in reasons.reasons(codes=codes, language=language)}
    rows = [
        {
            "code": code,
            "text": texts.get(code, ""),
            **{
                kind: words.count(counts[kind].get(code, 0))
                for kind in ("old", "new", "gained", "lost")
            },
        }
        for code in codes
    ]
    moving = [code for code in codes if counts["gained"].get(code) or counts["lost"].get(code)]
    series = [
        (_("gain it"), [counts["gained"].get(code, 0) for code in moving], SERIES_COLOURS[2]),
        (_("lose it"), [counts["lost"].get(code, 0) for code in moving], SERIES_COLOURS[0]),
    ]
    return {"rows": rows, "tile": _tile(_("Reasons gained and lost"), moving, series)}


def _segment(dimension: str, values: Mapping[str, results.Matrix]) -> dict[str, Any]:
    """How many of each group can use the product, before and after."""
    rows: list[dict[str, Any]] = []
    for value in _in_order(values):
        matrix = values[value]
        total = results.customers_in(matrix)
        old, new = results.book(matrix, "old"), results.book(matrix, "new")
        rows.append(
            {
                "words": words.value_words(dimension, value),
                "total": words.count(total),
                "old": old, "new": new,
                "old_share": words.share(old.customers, total),
                "new_share": words.share(new.customers, total),
                "old_bad": words.rate(old.bad_rate), "new_bad": words.rate(new.bad_rate),
                "swap_in": words.count(results.swap_in(matrix).customers),
                "swap_out": words.count(results.swap_out(matrix).customers),
                "shares": [round(100 * b.customers / total, 1) if total else 0 for b in (old, new)],
            }
        )  # fmt: skip
    series = [
        (_("in force, % usable"), [row["shares"][0] for row in rows], _OLD),
        (_("candidate, % usable"), [row["shares"][1] for row in rows], _NEW),
    ]
    title = str(words.DIMENSIONS[dimension])
    tile = _tile(title, [row["words"] for row in rows], series)
    return {"title": title, "note": words.DIMENSION_NOTES[dimension], "rows": rows, "tile": tile}


def _fairness(dimension: str, values: Mapping[str, results.Matrix]) -> dict[str, Any]:
    groups = {group.value: group for group in results.fairness(values)}
    return {
        "title": words.DIMENSIONS[dimension],
        "rows": [
            {
                "words": words.value_words(dimension, value),
                "customers": words.count(groups[value].customers),
                "old_rate": words.rate(groups[value].old_rate),
                "new_rate": words.rate(groups[value].new_rate),
                "old_ratio": words.ratio(groups[value].old_ratio),
                "new_ratio": words.ratio(groups[value].new_ratio),
                "is_small": groups[value].is_small,
                "is_flagged": groups[value].is_flagged,
            }
            for value in _in_order(values)
        ],
    }


def _hits(backtest: Backtest, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidate's tables with, for each row, for how many customers it counted."""
    hits = result["hits"]["new"]
    tables = policies.plain_tables(backtest.candidate.content)
    for table in tables:
        counted = hits.get(table["name"], [])
        for rule, number in zip(table["rules"], counted, strict=False):
            rule["hits"], rule["is_unused"] = words.count(number), number == 0
    return tables


def _samples(
    samples: Mapping[str, Sequence[Mapping[str, Any]]], currency: str
) -> list[dict[str, Any]]:
    shown = []
    for move, customers in sorted(samples.items()):
        old, _sep, new = move.partition(">")
        shown += [
            {
                "id": customer["customer_id"], "public_id": customer["public_id"],
                "old": old, "new": new,
                "old_limit": money.display(customer["old_limit"], currency),
                "new_limit": money.display(customer["new_limit"], currency),
                "old_reasons": _split(customer["old_reasons"]),
                "new_reasons": _split(customer["new_reasons"]),
            }
            for customer in customers
        ]  # fmt: skip
    codes = {code for one in shown for code in (*one["old_reasons"], *one["new_reasons"])}
    language = get_language() or "zh-hans"
    texts = {one.code: one.text for one in reasons.reasons(codes=codes, language=language)}
    for one in shown:
        for side in ("old_reasons", "new_reasons"):
            one[side] = [(code, texts.get(code, "")) for code in one[side]]
    return shown


def _split(text: str) -> list[str]:
    return [code for code in text.split("|") if code]


def _in_order(values: Mapping[str, Any]) -> list[str]:
    """Bands by their lower bound, regions by their code, the unknown last."""
    return sorted(
        values, key=lambda value: (not value[0].isdigit(), int(value.split("_")[0]))
        if value[0].isdigit() else (True, 0),
    )  # fmt: skip


def _tile(title: str, labels: Sequence[str], series: Sequence[Any]) -> dict[str, Any]:
    """What `console/tile_chart.html` draws, with the same figures as a table for who cannot see."""
    return {
        "title": title,
        "chart": chart(labels, series) if labels else "",
        "options": SIDE_BY_SIDE_OPTIONS,
        "figures": {
            "labels": labels,
            "datasets": [{"label": name, "data": data} for name, data, _colour in series],
        },
    }
