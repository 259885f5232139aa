"""One cell of a rule in words, in the language that is active.

A condition is a label and a predicate ("credit score is below 580 points"). Within a condition
"and" binds tighter than "or"; conditions are set apart by commas.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.lib import money
from risk.signals.catalogue import COLUMNS, staleness_of
from risk.signals.facts import Signal
from risk.signals.words import CHOICES
from risk.tables.syntax import AnyOf, Anything, Compare, Interval, IsNull, Not, Test

_COMPARED = {
    "<": gettext_lazy("is below %(value)s"), "<=": gettext_lazy("is at most %(value)s"),
    ">": gettext_lazy("is above %(value)s"), ">=": gettext_lazy("is at least %(value)s"),
}  # fmt: skip
_ON_DATES = {
    "<": gettext_lazy("is before %(value)s"), "<=": gettext_lazy("is not after %(value)s"),
    ">": gettext_lazy("is after %(value)s"), ">=": gettext_lazy("is not before %(value)s"),
}  # fmt: skip


def condition(name: str, test: Test, *, currency: str) -> str:
    """Empty for a cell that fits anything."""
    if isinstance(test, Anything):
        return ""
    signal = COLUMNS.get(name)
    if (aged := COLUMNS.get(staleness_of(name))) and isinstance(test, Compare):
        sentence = (
            _("%(signal)s is too old to use")
            if test.literal is True
            else _("%(signal)s is not too old to use")
        )
        return sentence % {"signal": aged.label}
    words = _Words(signal, currency)
    return _("%(signal)s %(predicate)s") % {
        "signal": signal.label if signal else name,
        "predicate": words.negated(test.test) if isinstance(test, Not) else words.predicate(test),
    }


def amount(cents: Decimal, *, currency: str) -> str:
    """Exact, also where a cell asks for a part of a cent."""
    if cents == cents.to_integral_value():
        return money.display(int(cents), currency)
    return _("%(number)s cents") % {"number": plain(cents)}


def months(number: Decimal) -> str:
    return ngettext("%(number)s month", "%(number)s months", _plural(number)) % {
        "number": plain(number)
    }


def days(number: Decimal) -> str:
    return ngettext("%(number)s day", "%(number)s days", _plural(number)) % {
        "number": plain(number)
    }


def plain(number: Decimal) -> str:
    """Never with an exponent."""
    return f"{number:f}"


def listed(words: list[str]) -> str:
    """`1, 2 or 3`."""
    *before, last = words or [""]
    return _(" or ").join([_(", ").join(before), last]) if before else last


def enumerated(words: list[str]) -> str:
    return _(", ").join(words)


def quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


class _Words:
    """Predicates about one column's values, in its unit."""

    def __init__(self, signal: Signal | None, currency: str) -> None:
        self.signal, self.currency = signal, currency

    def predicate(self, test: Test) -> str:
        named, others = _parts(test)
        said = [self._equal(named)] if named else []
        return _(" or ").join([*said, *map(self._single, others)])

    def negated(self, test: Test) -> str:
        """Nothing of it holds, and the value is known: FEEL's not() does not match null."""
        named, others = _parts(test)
        said = [self._unequal(named)] if named else []
        said += [
            _("is not one that “%(range)s”") % {"range": self._single(part)}
            for part in others
            if not isinstance(part, IsNull)
        ]
        return _(" and ").join([_("is known"), *said])

    def _equal(self, literals: list[Any]) -> str:
        is_measured = isinstance(literals[0], Decimal | dt.date)
        sentence = _("is exactly %(values)s") if is_measured else _("is %(values)s")
        return sentence % {"values": self._listed(literals)}

    def _unequal(self, literals: list[Any]) -> str:
        is_measured = isinstance(literals[0], Decimal | dt.date)
        sentence = _("is other than %(values)s") if is_measured else _("is not %(values)s")
        return sentence % {"values": self._listed(literals)}

    def _single(self, test: Test) -> str:
        if isinstance(test, IsNull):
            return _("is unknown")
        if isinstance(test, Interval):
            ends = (
                Compare(">=" if test.low_closed else ">", test.low),
                Compare("<=" if test.high_closed else "<", test.high),
            )
            return _(" and ").join(self._single(end) for end in ends)
        if isinstance(test, Compare):
            known = _ON_DATES if isinstance(test.literal, dt.date) else _COMPARED
            return str(known[test.operator]) % {"value": self._value(test.literal)}
        raise TypeError(test)  # the parser nests nothing else

    def _listed(self, literals: list[Any]) -> str:
        return listed([*dict.fromkeys(map(self._value, literals))])

    def _value(self, literal: Any) -> str:
        if isinstance(literal, bool):
            return _("true") if literal else _("false")
        if isinstance(literal, str):
            known = self.signal is not None and literal in self.signal.choices
            return quoted(str(CHOICES.get(literal, literal)) if known else literal)
        if isinstance(literal, dt.date):
            return literal.isoformat()
        return self._number(literal)

    def _number(self, number: Decimal) -> str:
        unit, said = self.signal.unit if self.signal else "", {"number": plain(number)}
        if unit == "ratio":
            return money.percent(number)
        if unit == "cents":
            return amount(number, currency=self.currency)
        if unit == "months":
            return months(number)
        if unit == "days":
            return days(number)
        if unit == "points":
            return ngettext("%(number)s point", "%(number)s points", _plural(number)) % said
        if unit == "years":
            return ngettext("%(number)s year", "%(number)s years", _plural(number)) % said
        if unit == "count":
            return ngettext("%(number)s time", "%(number)s times", _plural(number)) % said
        return said["number"]


def _parts(test: Test) -> tuple[list[Any], list[Test]]:
    """What the value may equal, and the other tests of the cell."""
    parts = test.tests if isinstance(test, AnyOf) else (test,)
    named, others = [], []
    for part in parts:
        if isinstance(part, Compare) and part.operator == "=":
            named.append(part.literal)
        else:
            others.append(part)
    return named, others


def _plural(number: Decimal) -> int:
    return 1 if number == 1 else 2
