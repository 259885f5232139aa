"""What is wrong with a file, and what differs between two versions, in the operator's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from risk.exchange.facts import Change, Fault
from risk.policies.words import error_words
from risk.tables.facts import CellError

_FAULTS: dict[str, Any] = {
    "too_large": _("The file is too large."),
    "too_large_unpacked": _("The workbook unpacks to far more than tables need."),
    "old_workbook": _("This is an old (.xls) or encrypted workbook; save it as .xlsx."),
    "no_workbook": _("This is no .xlsx workbook, or a damaged one."),
    "encrypted": _("The workbook is encrypted; save it without a password."),
    "macros": _("The workbook holds macros; save it as .xlsx without them."),
    "unsafe_xml": _("The workbook holds declarations that no workbook needs."),
    "no_known_file": _("This is neither a workbook (.xlsx) nor a DMN model."),
    "too_many_rows": _("The sheet goes on far beyond the rows and columns a table may have."),
    "merged": _("These cells are merged."),
    "formula": _("The cell holds a formula; write the value."),
    "error_value": _("The cell holds a spreadsheet's error."),
    "wrong_kind": _("The cell holds a time, which no cell here means."),
    "missing_header": _("A row of the header is missing: %(header)s."),
    "header_twice": _("A row of the header is there twice: %(header)s."),
    "unknown_header": _("This row of the header is not known."),
    "unknown_role": _("A column is an input, an output, or the one note."),
    "not_of_this_column": _("Only an output has a default, only an input may be unknown."),
    "not_a_choice": _("It has to be one of the known values."),
    "allowed_list": _("Allowed values are texts in quotation marks, with commas between."),
    "no_json": _("This cell is not JSON."),
    "malformed": _("This is not a policy."),
    "not_the_same": _("It cannot be said in DMN without loss."),
    "only_tables": _("A policy's decisions are decision tables over input data, nothing else."),
    "decision_required": _("It requires another decision; a policy's tables look at input data."),
    "no_decision": _("There is no decision in the model."),
    "hit_policy_unsupported": _("This hit policy is not supported."),
    "input_not_data": _("An input is an input data the decision requires, not an expression."),
    "types_differ": _("The type %(type)s is not the one that is declared elsewhere for the same."),
    "type_missing": _("It has no type; it has to be one of %(types)s."),
    "type_unsupported": _("The type %(type)s is not supported; it has to be one of %(types)s."),
    "two_notes": _("A rule has one note; here a description and annotations differ."),
    "null_by_standard": _(
        "not(…) of values is true of null by the standard, and in a policy it is not; write null "
        "inside the brackets too if null is not meant to match."
    ),
    "kept_unreadable": _("What was kept beside it is not readable: %(name)s."),
}
CHANGES: dict[Change, Any] = {
    Change.SAME: _("same"), Change.CHANGED: _("changed"), Change.ADDED: _("added"),
    Change.REMOVED: _("removed"),
}  # fmt: skip
MARKS = {Change.SAME: "", Change.CHANGED: "±", Change.ADDED: "+", Change.REMOVED: "−"}
PROPERTIES: dict[str, Any] = {
    "hit_policy": _("hit policy"), "type": _("value type"), "allowed": _("allowed values"),
    "default": _("default value"), "unknown": _("when unknown"), "tables": _("order of the tables"),
    "association_justification": _("why links to other people may close access"),
}  # fmt: skip
VALUES: dict[str, Any] = {"accepted": _("it is accepted")}


def fault_words(fault: Fault) -> str:
    """What the standard has against a model stays in English, as the reader of DMN says it."""
    if fault.code == "dmn":
        return fault.message
    known = _FAULTS.get(fault.code)
    if known is None:
        words = str(error_words(CellError("", None, None, fault.code, fault.message)))
    else:
        words = str(known) % fault.params
    if "character" in fault.params:
        place = {"words": words, "character": fault.params["character"]}
        return _now("%(words)s (character %(character)s)") % place
    return f"{words} {fault.message}" if fault.code == "malformed" else words
