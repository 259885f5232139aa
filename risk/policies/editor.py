"""What the draft editor is given: the draft, its review, and every list people choose from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _now

from accounts.access import queries as access
from backoffice.console.labels import ACCESS_WORDS
from backoffice.lib import clock, money
from backoffice.lib.errors import Missing
from compliance.ledger import queries as ledger
from compliance.reasons import queries as reasons
from risk.policies import casework, trying
from risk.policies.association import (
    JUSTIFICATION_AT_LEAST,
    JUSTIFICATION_AT_MOST,
    OF_JUSTIFICATION,
    is_of_others,
)
from risk.policies.cases import CASES_AT_MOST, case_to_json
from risk.policies.editor_words import CASE_FIELDS, STRINGS
from risk.policies.facts import CaseResult, Checked, Difference
from risk.policies.models import PolicyVersion
from risk.policies.screens import OUTPUT_LABELS, TABLE_EXPLANATIONS
from risk.policies.words import TABLE_TITLES, error_words, example_words
from risk.signals.catalogue import COLUMNS
from risk.signals.facts import Signal
from risk.signals.words import CHOICES, SOURCES, UNITS, action_words, fresh_words
from risk.tables.checks import CELL_AT_MOST, COLUMNS_AT_MOST, RULES_AT_MOST
from risk.tables.facts import CellError

DOORS = ("check", "save", "try", "customer")


def editor_page(version: PolicyVersion, *, reader_id: int, may_borrow: bool) -> dict[str, Any]:
    """Everything the page's script needs; nothing else is fetched to begin with."""
    return {
        "version": version.pk,
        "reader": reader_id,
        "stored": stored(version),
        "review": review_of(version),
        "tables": {
            name: {"title": str(title), "explanation": str(TABLE_EXPLANATIONS[name])}
            for name, title in TABLE_TITLES.items()
        },
        "outputs": {name: str(label) for name, label in OUTPUT_LABELS.items()},
        "signals": [_signal(signal) for signal in COLUMNS.values()],
        "reasons": _reasons(),
        "effects": [_choice(code) for code in ("LIMITED", "CLOSED")],
        "states": [_choice(code) for code in ACCESS_WORDS],
        "strings": {key: str(text) for key, text in STRINGS.items()},
        "urls": {
            name: reverse(f"admin:risk_policyversion_{name}", args=[version.pk]) for name in DOORS
        },
        "mayBorrow": may_borrow,
        "limits": {
            "rules": RULES_AT_MOST, "columns": COLUMNS_AT_MOST, "cell": CELL_AT_MOST,
            "cases": CASES_AT_MOST, "justificationLeast": JUSTIFICATION_AT_LEAST,
            "justificationMost": JUSTIFICATION_AT_MOST,
        },
    }  # fmt: skip


def stored(version: PolicyVersion) -> dict[str, Any]:
    """The draft as it is stored, and whose it is."""
    entries = ledger.about(subject=("policy", version.public_id), limit=1)
    names = ledger.actor_names(entry.actor for entry in entries)
    return {
        "revision": version.revision,
        "content": version.content,
        "cases": [case_to_json(case) for case in casework.stored(version_id=version.pk)],
        "savedBy": str(names.get(entries[0].actor, "")) if entries else "",
        "savedAt": date_format(localtime(entries[0].occurred_at), "Y-m-d H:i") if entries else "",
    }


def review_of(version: PolicyVersion) -> dict[str, Any]:
    """None can be told for a product that is no longer offered."""
    try:
        product = access.product(code=version.product.code)
    except Missing:
        return reviewed(Checked())
    return reviewed(
        trying.check(
            content=version.content, cases=casework.stored(version_id=version.pk),
            product=product, language=_language(), at=clock.now(),
        )
    )  # fmt: skip


def reviewed(review: Checked) -> dict[str, Any]:
    return {
        "faults": [_finding(error) for error in review.faults],
        "warnings": [_finding(error) for error in review.warnings],
        "readings": {name: list(rules) for name, rules in review.readings.items()},
        "cases": [_result(result) for result in review.results],
    }


def answered(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer in words, its trace for colouring the tables, and itself for a case."""
    terms = answer["terms"] or {}
    texts = {one.code: one.text for one in _told(answer["reason_codes"])}
    return {
        "state": answer["state"],
        "stateWords": str(ACCESS_WORDS[answer["state"]]),
        "limit": money.display(answer["limit_cents"]),
        "rate": money.percent(Decimal(terms["annual_rate"])) if terms else "—",
        "months": terms.get("max_term_months"),
        "reasons": [{"code": code, "text": texts.get(code, "")} for code in answer["reason_codes"]],
        "trace": answer["trace"],
        "expected": {
            "state": answer["state"],
            "reasons": answer["reason_codes"],
            "limit_cents": answer["limit_cents"],
            "annual_rate": terms.get("annual_rate"),
            "max_term_months": terms.get("max_term_months"),
        },
    }


def cases_read(version: PolicyVersion) -> list[dict[str, Any]]:
    """The cases of a version nobody may change, in words."""
    return [
        {
            "name": case.name,
            "facts": ", ".join(
                f"{COLUMNS[name].label if name in COLUMNS else name} {_plain(text)}"
                for name, text in case.facts.items()
                if text is not None
            ),
            "expected": ", ".join(
                f"{CASE_FIELDS[name]} {_in_words(name, value)}"
                for name, value in dataclasses.asdict(case.expected).items()
                if value is not None
            ),
        }
        for case in casework.stored(version_id=version.pk)
    ]


def _finding(error: CellError) -> dict[str, Any]:
    example = example_words(error)
    return {
        "table": error.table,
        "rule": error.rule,
        "column": error.column,
        "isOfJustification": error.code in OF_JUSTIFICATION,
        "text": str(error_words(error)),
        "example": _now("For example: %(example)s.") % {"example": example} if example else "",
    }


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "name": signal.name,
        "label": str(signal.label),
        "type": signal.type.value,
        "unit": str(UNITS.get(signal.unit, signal.unit)),
        "source": str(SOURCES[signal.source]),
        "fresh": fresh_words(signal),
        "basis": str(signal.basis),
        "acts": action_words(signal),
        "mayBeUnknown": signal.may_be_null,
        "isOfOthers": is_of_others(signal),
        "choices": [
            {"value": value, "label": str(CHOICES.get(value, value))} for value in signal.choices
        ],
    }


def _choice(code: str) -> dict[str, str]:
    return {"value": code, "label": str(ACCESS_WORDS[code])}


def _reasons() -> list[dict[str, str]]:
    return [
        {"value": one.code, "label": one.text}
        for one in _told(sorted(reasons.active_codes()))
    ]  # fmt: skip


def _told(codes: list[str]) -> tuple[Any, ...]:
    return reasons.reasons(codes=codes, language=_language())


def _result(result: CaseResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "isPassed": result.is_passed,
        "differences": [_difference(one) for one in result.differences],
    }


def _difference(one: Difference) -> str:
    return _now("%(field)s: wanted %(wanted)s, found %(found)s") % {
        "field": CASE_FIELDS[one.field],
        "wanted": _in_words(one.field, one.wanted),
        "found": _in_words(one.field, one.found),
    }


def _in_words(field: str, value: Any) -> str:
    if value is None:
        return "—"
    if field == "state":
        return str(ACCESS_WORDS[value])
    if field == "reasons":
        return ", ".join(value) or _now("none")
    if field == "limit_cents":
        return money.display(value)
    return money.percent(Decimal(value)) if field == "annual_rate" else str(value)


def _language() -> str:
    return get_language() or "zh-hans"


def _plain(text: str) -> str:
    return str(CHOICES.get(text, text))
