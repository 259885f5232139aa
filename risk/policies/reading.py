"""A policy as sentences, from the same trees that decide, in the language asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib import money
from risk.policies import phrases
from risk.policies.facts import RESTRICTIONS, TERMS
from risk.signals.catalogue import COLUMNS
from risk.tables.facts import Model, Rule, Table, Unknown
from risk.tables.parser import CellSyntaxError, parse_literal, parse_tests

_HIT_POLICIES = {
    "U": gettext_lazy("At most one row fits, and that one decides."),
    "A": gettext_lazy("All rows that fit say the same."),
    "F": gettext_lazy("The first row that fits decides."),
    "P": gettext_lazy("Of the rows that fit, the one that comes first by priority decides."),
    "C": gettext_lazy("Every row that fits counts."),
    "R": gettext_lazy("Every row that fits counts, in the order of the rows."),
    "O": gettext_lazy("Every row that fits counts, in the order of priority."),
    "C+": gettext_lazy("What the fitting rows give is added up."),
    "C<": gettext_lazy("Of what the fitting rows give, the least counts."),
    "C>": gettext_lazy("Of what the fitting rows give, the greatest counts."),
    "C#": gettext_lazy("The fitting rows are counted."),
}
_OUTPUTS = {
    RESTRICTIONS: ("reason", "effect", "limit_cents", "days"),
    TERMS: ("limit_cents", "annual_rate", "max_term_months"),
}


@dataclass(frozen=True, slots=True)
class TableReading:
    """One table in words: what is made of its rows, a sentence a row, and what else holds.

    `unknown` has a sentence for every column whose unknown is accepted, `association` one where
    links to other people may close and why.
    """

    name: str
    hit_policy: str
    rules: tuple[str, ...]
    default: str
    unknown: tuple[str, ...]
    association: str = ""


def read_policy(
    model: Model, *, language: str, currency: str, reasons: Mapping[str, str]
) -> tuple[TableReading, ...]:
    """`reasons` has the customer's text by code, in that language."""
    with translation.override(language):
        read = (_Reader(table, currency, reasons).read() for table in model.tables)
        why = association(model)
        return tuple(
            replace(table, association=why) if table.name == RESTRICTIONS else table
            for table in read
        )


def association(model: Model) -> str:
    """In the language that is active; empty where links to other people may only limit."""
    if not model.association_justification.strip():
        return ""
    return _("Links to other people may close access. The recorded justification: “%(text)s”") % {
        "text": model.association_justification.strip()
    }


class _Unreadable(Exception):
    """A cell has a fault, or one that is needed is missing."""


class _Reader:
    def __init__(self, table: Table, currency: str, reasons: Mapping[str, str]) -> None:
        self.table, self.currency, self.reasons = table, currency, reasons
        self.said: dict[tuple[int, str], str] = {}  # rows repeat each other's cells

    def read(self) -> TableReading:
        return TableReading(
            name=self.table.name,
            hit_policy=str(_HIT_POLICIES[self.table.hit_policy.value]),
            rules=tuple(map(self._rule, self.table.rules)),
            default=self._default(),
            unknown=tuple(
                _("Not knowing “%(signal)s” is accepted: nothing follows from it.")
                % {"signal": COLUMNS[column.name].label if column.name in COLUMNS else column.name}
                for column in self.table.inputs
                if column.unknown is Unknown.ACCEPTED
            ),
        )

    def _rule(self, rule: Rule) -> str:
        try:
            conditions = self._conditions(rule)
            result = self._result(rule.outputs)
        except (CellSyntaxError, _Unreadable):
            return _("This row cannot be read yet: a cell has a fault.")
        if conditions:
            said = {"conditions": _(", and ").join(conditions), "result": result}
            return _("If %(conditions)s, then %(result)s.") % said
        if self.table.hit_policy.value in ("F", "P"):
            return _("In every other case, %(result)s.") % {"result": result}
        return _("In every case, %(result)s.") % {"result": result}

    def _conditions(self, rule: Rule) -> list[str]:
        if len(rule.inputs) != len(self.table.inputs):
            raise _Unreadable
        found = [self._condition(column, text) for column, text in enumerate(rule.inputs)]
        return [words for words in found if words]

    def _condition(self, index: int, text: str) -> str:
        if (index, text) not in self.said:
            column = self.table.inputs[index]
            self.said[index, text] = phrases.condition(
                column.name, parse_tests(text, type=column.type), currency=self.currency
            )
        return self.said[index, text]

    def _default(self) -> str:
        try:
            texts = tuple(column.default for column in self.table.outputs)
            if any(self._values(texts)):
                return _("If no row fits, %(result)s.") % {"result": self._result(texts)}
        except (CellSyntaxError, _Unreadable):
            return _("What follows when no row fits cannot be read yet: it has a fault.")
        if self.table.name == TERMS:
            return _("If no row fits, there are no terms, and access is closed.")
        return _("If no row fits, nothing follows.")

    def _result(self, texts: tuple[str, ...]) -> str:
        values = self._values(texts)
        names = tuple(column.name for column in self.table.outputs)
        if names == _OUTPUTS.get(self.table.name):
            known = dict(zip(names, values, strict=True))
            return self._effect(known) if self.table.name == RESTRICTIONS else self._terms(known)
        pairs = zip(names, texts, strict=True)
        return phrases.enumerated([f"{name}: {text.strip() or '—'}" for name, text in pairs])

    def _values(self, texts: tuple[str, ...]) -> list[Any]:
        if len(texts) != len(self.table.outputs):
            raise _Unreadable
        return [
            parse_literal(text, type=column.type)
            for text, column in zip(texts, self.table.outputs, strict=True)
        ]

    def _effect(self, known: Mapping[str, Any]) -> str:
        code, effect, cap, days = (known[name] for name in _OUTPUTS[RESTRICTIONS])
        if code is None or effect not in ("CLOSED", "LIMITED"):
            raise _Unreadable
        said = {"reason": self.reasons.get(code, code).strip().rstrip("。.")}
        if effect == "CLOSED":
            sentence = _("access is closed because “%(reason)s”") % said
        elif cap is None:
            sentence = _("access is limited, to no certain amount, because “%(reason)s”") % said
        else:
            said["amount"] = phrases.amount(cap, currency=self.currency)
            sentence = _("access is limited to %(amount)s because “%(reason)s”") % said
        if days is None:
            return sentence
        return _("%(sentence)s, for %(days)s") % {
            "sentence": sentence, "days": phrases.days(days),
        }  # fmt: skip

    def _terms(self, known: Mapping[str, Decimal | None]) -> str:
        limit, rate, term = (known[name] for name in _OUTPUTS[TERMS])
        if limit is None or rate is None or term is None:
            raise _Unreadable
        return _("the limit is %(limit)s at %(rate)s a year, for at most %(months)s") % {
            "limit": phrases.amount(limit, currency=self.currency),
            "rate": money.percent(rate),
            "months": phrases.months(term),
        }
