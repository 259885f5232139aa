"""Cells and their faults in the operator's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.console.labels import ACCESS_WORDS
from backoffice.lib import money
from risk.policies import phrases
from risk.signals.words import CHOICES
from risk.tables.facts import CellError, Value
from risk.tables.syntax import Compare, IsNull

TABLE_TITLES = {"restrictions": _("Restrictions"), "terms": _("Terms")}
_TEXT = re.compile(r'"([^"]*)"')

_WORDS: dict[str, Any] = {
    "unexpected_character": _("There is a character here that means nothing in a cell."),
    "unexpected": _("There is something left over at the end."),
    "expected": _("Something is missing here: a bracket, a comma or two dots."),
    "unsupported": _("This word is not supported; text needs quotation marks."),
    "null_not_comparable": _("Nothing compares to null; write null alone."),
    "value_expected": _("A value is expected here."),
    "wrong_type": _("The value has the wrong type for this column."),
    "not_ordered": _("Texts and truth values have no order to compare by."),
    "interval_reversed": _("The interval's ends are the wrong way round."),
    "number_too_long": _("The number has too many digits."),
    "string_unclosed": _("The text has no closing quotation mark."),
    "string_malformed": _("The text has a bad escape."),
    "date_malformed": _('A date is written date("2026-01-31").'),
    "not_allowed": _("This value is not one of the allowed ones."),
    "cell_too_long": _("The cell is too long."),
    "no_tables": _("The policy has no tables."),
    "too_many_tables": _("The policy has too many tables."),
    "duplicate_table": _("Two tables have the same name."),
    "type_conflict": _("The signal has another type in another table."),
    "bad_name": _("A name is lower-case letters, digits and _."),
    "duplicate_column": _("Two columns have the same name."),
    "no_columns": _("The table needs at least one input and one output."),
    "too_many_columns": _("The table has too many columns."),
    "too_many_values": _("The table compares with too many different values."),
    "aggregate_one_output": _("An aggregate needs exactly one output."),
    "aggregate_number": _("This aggregate needs a number output."),
    "number_needed": _("A number is needed here."),
    "count_default": _("A count has no default: the count of no rules is 0."),
    "allowed_needs_text": _("Only a text column can list allowed values."),
    "priority_needs_allowed": _("This hit policy needs the first output's values in their order."),
    "priority_needs_value": _("Without one of the listed values the rule has no priority."),
    "column_clash": _("Two result columns would have the same name; rename a table or an output."),
    "too_many_digits": _("This column needs more digits than a population can be worked out with."),
    "date_too_early": _("Dates before the year 1000 cannot be worked out for a population."),
    "no_rules": _("The table needs at least one rule."),
    "too_many_rules": _("The table has too many rules."),
    "wrong_width": _("The rule has another number of cells than the table."),
    "signal_unknown": _("There is no such signal."),
    "signal_type": _("The signal has another type."),
    "table_missing": _("This table is missing."),
    "table_unknown": _("A policy has no such table."),
    "hit_policy": _("The table has the wrong hit policy."),
    "outputs": _("The table has the wrong output columns."),
    "value_needed": _("A value is needed here."),
    "limit_not_applicable": _("Only LIMITED has an amount."),
    "not_whole": _("A whole number within bounds is needed."),
    "outside_product": _("Outside what the product allows."),
    "too_precise": _("Too many decimal places."),
    "unknown_not_decided": _(
        "No row says what follows when this is unknown: add a row with null here, or say at the "
        "column that unknown is accepted."
    ),
    "reason_retired": _("The reason %(reason)s is no longer in use."),
    "reason_text_missing": _("The reason %(reason)s lacks its text or remedy in %(languages)s."),
    "never_fires": _("No customer can match this cell, so the row never applies."),
    "unreachable": _(
        "Rows that come first (%(rows)s) take everybody whom this row fits; it never applies."
    ),
    "duplicate_row": _("This row says the same as row %(rows)s."),
    "overlap": _(
        "This row fits customers whom other rows (%(rows)s) fit too; they would get no answer."
    ),
    "gap": _("There are customers whom no row fits."),
    "no_effect": _(
        "This row changes nothing: wherever it fits, other rows with its reason narrow as much."
    ),
    "rows_not_proven": _(
        "Not proven, because the table is too intricate: whether other rows cover or meet row "
        "%(rows)s (%(count)s rows in all)."
    ),
    "gap_not_proven": _(
        "Not proven, because the table is too intricate: whether some row fits every customer."
    ),
    "effect_not_proven": _(
        "Not proven, because the table is too intricate: whether %(count)s rows change anything."
    ),
    "association_closes": _(
        "This row closes access because of links to other people. Links may only limit, unless "
        "the policy records a justification."
    ),
    "association_leaves_nothing": _(
        "This row leaves less than the product's smallest amount, %(amount)s, because of links to "
        "other people: that closes access. Links may only limit, unless the policy records a "
        "justification."
    ),
    "association_falls_through": _(
        "Because of this cell about links to other people no row fits some customers, and their "
        "access is closed. Links may only limit, unless the policy records a justification."
    ),
    "association_not_proven": _(
        "Not proven, because the table is too intricate: whether this cell about links to other "
        "people closes somebody's access. Links may only limit, unless the policy records a "
        "justification."
    ),
    "association_reason": _(
        "A row about links to other people gives a reason that tells nothing of them: %(reasons)s."
    ),
    "association_justification_length": _(
        "The justification for closing because of links has at least %(at_least)s and at most "
        "%(at_most)s characters."
    ),
    "association_justification_idle": _(
        "There is a justification for closing because of links to other people, but no row needs "
        "it."
    ),
    "cap_above_product": _("Above the product's greatest amount, %(amount)s: it limits nobody."),
    "cap_above_terms": _("No terms give more than %(amount)s: this limits nobody."),
    "cap_below_product": _(
        "Below the product's smallest amount, %(amount)s: nothing can be borrowed, though the "
        "customer is told of a limit."
    ),
}
_LANGUAGES = {"zh-hans": _("Chinese"), "en": _("English")}

_CASE_FAULTS: dict[str, Any] = {
    "too_many_cases": _("A policy keeps at most 200 cases."),
    "case_malformed": _("This is not a case."),
    "case_name_twice": _("Two cases have the same name."),
    "case_name_needed": _("A case needs a name of at most 120 characters."),
    "case_state_needed": _("A case needs the state it expects."),
    "case_number": _("A number is expected here."),
    "fact_unreadable": _("This cannot be a value of the signal."),
    "signal_unknown": _WORDS["signal_unknown"],
}


def case_fault_words(code: str) -> Any:
    return _CASE_FAULTS[code]


def error_words(error: CellError) -> Any:
    """Whole words or, for a code that is not worded here, the engine's English."""
    text = _WORDS.get(error.code, error.message)
    return str(text) % _said(error) if error.code in _WORDS and error.params else text


def _said(error: CellError) -> dict[str, Any]:
    """The fault's own values, as people write them."""
    given = error.params
    return {
        **given,
        "reasons": phrases.listed(list(given.get("reasons", []))),
        "rows": _rows(given.get("rows", []), more=given.get("more", 0)),
        "languages": phrases.enumerated(
            [str(_LANGUAGES[name]) for name in given.get("languages", [])]
        ),
        "amount": money.display(given.get("cents"), given.get("currency", "CNY")),
    }


def _rows(numbers: Sequence[int], *, more: int) -> str:
    rows = phrases.enumerated([str(number) for number in numbers])
    return _now("%(rows)s and %(more)s more") % {"rows": rows, "more": more} if more else rows


def example_words(error: CellError) -> str:
    """Somebody who shows the finding, column by column; empty when it needs nobody."""
    return phrases.enumerated(
        [
            phrases.condition(name, _exactly(value), currency="CNY")
            for name, value in (error.example or {}).items()
        ]
    )


def _exactly(value: Value) -> Compare | IsNull:
    return IsNull() if value is None else Compare("=", value)


def cell_words(column: str, text: str) -> str:
    """A cell of a table that is only read: in words where there are better ones than its own."""
    known = {**CHOICES, **ACCESS_WORDS}
    plain = _TEXT.sub(lambda found: str(known.get(found[1], found[1])), text)
    if plain == "null":
        return str(_("not known"))
    if plain in ("true", "false"):
        return str(_("yes") if plain == "true" else _("no"))
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return plain
    if column == "limit_cents":
        return money.display(int(number))
    return money.percent(number) if column == "annual_rate" else plain
