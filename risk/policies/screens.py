"""Policy tables as screens show them: columns with words, rules with what matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from backoffice.console.labels import page_link, shortened
from backoffice.lib import clock
from backoffice.lib.errors import Missing
from compliance.ledger import queries as ledger
from risk.policies import inspection, queries
from risk.policies.facts import Review
from risk.policies.models import PolicyVersion, VersionStatus
from risk.policies.proofs import proof_sentences
from risk.policies.reading import association
from risk.policies.words import TABLE_TITLES, cell_words, error_words, example_words
from risk.signals.catalogue import COLUMNS
from risk.tables.facts import CellError, HitPolicy, Model
from risk.tables.services import model_from_json

HISTORY_LENGTH = 30
PROOFS_SHOWN = TRIALS_SHOWN = 5
TABLE_EXPLANATIONS = {
    "restrictions": _("Every row that fits is a cause to narrow access; the most severe wins."),
    "terms": _("The first row that fits gives the terms."),
}
OUTPUT_LABELS = {
    "reason": _("reason"), "effect": _("effect"), "limit_cents": _("limit"),
    "days": _("days"), "annual_rate": _("yearly rate"), "max_term_months": _("months at most"),
}  # fmt: skip


def version_page(version: PolicyVersion, *, is_edited: bool) -> dict[str, Any]:
    """What the page of one version shows; a draft being edited brings its tables along itself."""
    model = None if is_edited else model_from_json(version.content)
    is_to_come = version.status not in (VersionStatus.LIVE, VersionStatus.RETIRED)
    found = _review(version, model) if model and is_to_come else Review(())
    is_draft = version.status == VersionStatus.DRAFT
    steps = list(queries.steps(version=version))
    proofs = list(version.proofs.order_by("-id")[:PROOFS_SHOWN])
    entries = ledger.about(subject=("policy", version.public_id), limit=HISTORY_LENGTH)
    return {
        "version": version,
        "errors": described(found.errors if is_draft else ()),
        "warnings": described(found.warnings),
        "tables": _with_readings(version, model) if model else [],
        "justification": model.association_justification if model else "",
        "entries": entries,
        "names": ledger.actor_names(
            [*(entry.actor for entry in entries), *(each.actor for each in steps)]
        ),
        "steps": steps,
        "proofs": proofs,
        "proof_sentences": proof_sentences(version, at=clock.now()) if proofs else [],
        "trials": list(queries.trials().filter(version=version)[:TRIALS_SHOWN]),
        "time_zone": clock.business_zone().key,
    }


def version_link(version: PolicyVersion) -> SafeString:
    """A version's name, leading to its page."""
    name = f"{shortened(version.title, at_most=20)} v{version.number}"
    return page_link("risk_policyversion", version.pk, name)


def described(errors: Sequence[CellError]) -> list[dict[str, Any]]:
    """Faults as a list people can walk through."""
    return [
        {
            "table": TABLE_TITLES.get(error.table, error.table),
            "rule": None if error.rule is None else error.rule + 1,
            "column": None if error.column is None else error.column + 1,
            "text": error_words(error),
            "example": example_words(error),
        }
        for error in errors
    ]


def _review(version: PolicyVersion, model: Model) -> Review:
    """Nothing can be told for a product that is no longer offered."""
    try:
        product = access.product(code=version.product.code)
    except Missing:
        return Review(())
    return inspection.review(model=model, product=product)


def _with_readings(version: PolicyVersion, model: Model) -> list[dict[str, Any]]:
    """The tables, each with its rules as sentences."""
    tables = plain_tables(version.content)
    said = inspection.readings(
        model=model,
        language=get_language() or "zh-hans",
        currency=version.product.currency,
    )
    return [{**table, "reading": reading} for table, reading in zip(tables, said, strict=True)]


def traced_tables(content: Mapping[str, Any], trace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every table with the cells that matched and the rules that fired in one decision."""
    return [
        _table(table, _decisive(table, trace.get(table["name"], {}))) for table in content["tables"]
    ]


def _decisive(table: Mapping[str, Any], trace: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the first rule decides, those that fit below it decided nothing."""
    if table["hit_policy"] != HitPolicy.FIRST:
        return trace
    return {**trace, "fired": trace.get("fired", [])[:1]}


def plain_tables(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_table(table, {}) for table in content["tables"]]


def _table(table: Mapping[str, Any], trace: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": table["name"],
        "title": TABLE_TITLES.get(table["name"], table["name"]),
        "explanation": TABLE_EXPLANATIONS.get(table["name"], ""),
        "hit_policy": table["hit_policy"],
        "inputs": [
            {"name": column["name"], "label": _signal_label(column["name"])}
            for column in table["inputs"]
        ],
        "outputs": [
            {"name": column["name"], "label": OUTPUT_LABELS.get(column["name"], column["name"])}
            for column in table["outputs"]
        ],
        "rules": [_rule(table, index, trace) for index in range(len(table["rules"]))],
    }


def _rule(table: Mapping[str, Any], index: int, trace: Mapping[str, Any]) -> dict[str, Any]:
    rule, first_output = table["rules"][index], len(table["inputs"])
    columns = [column["name"] for column in (*table["inputs"], *table["outputs"])]
    masks = [int(mask, 16) for mask in trace.get("columns", [])]
    cells = [
        {
            "text": text,
            "words": cell_words(columns[column], text) if column < len(columns) else text,
        }
        for column, text in enumerate([*rule["inputs"], *rule["outputs"]])
    ]
    inputs = [
        {
            **cell,
            "text": cell["text"] or "-",
            "is_anything": cell["text"] in ("", "-"),
            "is_match": bool(masks and masks[column] >> index & 1),
        }
        for column, cell in enumerate(cells[:first_output])
    ]
    return {
        "number": index + 1,
        "is_fired": index in trace.get("fired", []),
        "inputs": inputs,
        "outputs": cells[first_output:],
    }


def _signal_label(name: str) -> Any:
    return COLUMNS[name].label if name in COLUMNS else name


def warning_lines(version: PolicyVersion) -> list[str]:
    """What is signed in spite of, a line each; first what allows links to other people to close."""
    model = model_from_json(version.content)
    found = _review(version, model)
    lines = [_line(finding) for finding in described((*found.undecided, *found.warnings))]
    return [line for line in (association(model), *lines) if line]


def _line(finding: Mapping[str, Any]) -> str:
    if finding["rule"] is not None:
        return _now("%(table)s, row %(rule)s: %(text)s") % finding
    if finding["column"] is not None:
        return _now("%(table)s, column %(column)s: %(text)s") % finding
    return _now("%(table)s: %(text)s") % finding
