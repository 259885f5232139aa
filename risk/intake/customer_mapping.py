"""A mapping of customers: profile, signals and outcomes from the cells of one row."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from accounts.customers.facts import Profile
from accounts.customers.rules import EMPLOYMENT, LANGUAGES
from risk.intake.facts import (
    CustomerMapping,
    MappingRefused,
    Moment,
    OutcomeSource,
    ProfileField,
    SignalSource,
)
from risk.intake.mapping import FORMAT, MappingReader, digest_of, tables_in
from risk.signals.catalogue import STORED
from risk.signals.models import OutcomeKind

_TOP = (*FORMAT, "reference", "profile", "signals", "outcomes")
_PROFILE_CHOICES = {"employment_status": EMPLOYMENT, "language": LANGUAGES}


def read_mapping(
    raw: bytes, *, at: dt.datetime, observed_at: dt.datetime | None = None
) -> CustomerMapping:
    """The mapping in a TOML file's bytes; `observed_at` overrides when signals were observed.

    Raises: MappingRefused with every fault.
    """
    given = tables_in(raw)
    reader = _Reader(at, observed_at)
    suffix = observed_at.isoformat() if observed_at else ""
    mapping = reader.mapping(given, digest=digest_of(raw, suffix))
    if reader.faults:
        raise MappingRefused(reader.faults)
    return mapping


class _Reader(MappingReader):
    def __init__(self, at: dt.datetime, observed_at: dt.datetime | None) -> None:
        super().__init__(at)
        self.observed_at = observed_at

    def mapping(self, given: dict[str, Any], *, digest: str) -> CustomerMapping:
        self.known_keys(given, _TOP, "")
        signals, signals_at = self._signals(given.get("signals", {}))
        return CustomerMapping(
            format=self.format(given, digest=digest),
            reference=self.template(given.get("reference"), "reference", "the customer's id"),
            profile=self._profile(given.get("profile", {})),
            signals=signals,
            signals_at=signals_at,
            outcomes=self._outcomes(given.get("outcomes", [])),
        )

    def _profile(self, given: Any) -> tuple[ProfileField, ...]:
        table = self.table(given, "profile")
        self.known_keys(table, Profile.__dataclass_fields__, "profile")
        return tuple(
            field
            for name, entry in table.items()
            if name in Profile.__dataclass_fields__
            and (field := self._profile_field(name, entry, f"profile.{name}"))
        )

    def _profile_field(self, name: str, given: Any, place: str) -> ProfileField | None:
        if isinstance(given, str):
            return self._checked_field(ProfileField(name, self.column(given, place)), place)
        entry = self.table(given, place)
        self.known_keys(entry, ("column", "value", "date", "map", "otherwise"), place)
        if ("column" in entry) == ("value" in entry):
            self.fault(place, 'give either column = "…" or value = "…"')
            return None
        constant = entry.get("value")
        if constant is not None and not isinstance(constant, str):
            self.fault(f"{place}.value", "must be text")
        return self._checked_field(
            ProfileField(
                name,
                self.column(entry["column"], f"{place}.column") if "column" in entry else None,
                constant if isinstance(constant, str) else None,
                self.date_format(entry, place),
                self.choices(entry, place),
            ),
            place,
        )

    def _checked_field(self, field: ProfileField, place: str) -> ProfileField:
        if field.date_format and field.name != "birth_date":
            self.fault(f"{place}.date", "only birth_date is a date")
        known = _PROFILE_CHOICES.get(field.name)
        if known:
            meanings = [*(field.choices.meanings.values() if field.choices else ())]
            meanings += [field.choices.otherwise] if field.choices else []
            for text in (*meanings, field.constant):
                if text is not None and text not in known:
                    self.fault(place, f"{text!r} is not one of {', '.join(known)}")
        return field

    def _signals(self, given: Any) -> tuple[tuple[SignalSource, ...], Moment | None]:
        table = self.table(given, "signals")
        self.known_keys(table, ("observed_at", *STORED), "signals")
        sources = tuple(
            source
            for name, entry in table.items()
            if name in STORED and (source := self._signal(name, entry, f"signals.{name}"))
        )
        if not any(name in STORED for name in table):
            return (), None
        if self.observed_at is not None:
            return sources, self.moment(self.observed_at, "the observation date given")
        return sources, self.moment(table.get("observed_at"), "signals.observed_at")

    def _signal(self, name: str, given: Any, place: str) -> SignalSource | None:
        if isinstance(given, str):
            return self._expression(name, given, None, place)
        if isinstance(given, int | Decimal) and not isinstance(given, bool):
            return self._expression(name, str(given), None, place)
        entry = self.table(given, place)
        self.known_keys(entry, ("expression", "if_divided_by_zero", "column", "map"), place)
        if "expression" in entry and "column" not in entry and "map" not in entry:
            text = entry["expression"]
            if not isinstance(text, str):
                self.fault(f"{place}.expression", "must be text")
                return None
            zero = entry.get("if_divided_by_zero")
            return self._expression(name, text, self.number(zero, place), place)
        if "column" in entry and "map" in entry and "expression" not in entry:
            codes = self.table(entry["map"], f"{place}.map")
            return SignalSource(
                name,
                code_column=self.column(entry["column"], f"{place}.column"),
                codes={code: self.number(number, place) for code, number in codes.items()},
            )
        self.fault(place, "give an expression, or a column with a map")
        return None

    def _expression(
        self, name: str, text: str, zero: Decimal | None, place: str
    ) -> SignalSource | None:
        expression = self.expression(text, place)
        return SignalSource(name, expression, if_divided_by_zero=zero) if expression else None

    def _outcomes(self, given: Any) -> tuple[OutcomeSource, ...]:
        if not isinstance(given, list):
            self.fault("outcomes", "begin each with a line [[outcomes]]")
            return ()
        found = [self._outcome(entry, f"outcomes[{place}]") for place, entry in enumerate(given)]
        return tuple(outcome for outcome in found if outcome)

    def _outcome(self, given: Any, place: str) -> OutcomeSource | None:
        entry = self.table(given, place)
        self.known_keys(entry, ("kind", "column", "true", "false", "observed_at"), place)
        kinds = OutcomeKind.values
        if entry.get("kind") not in kinds:
            self.fault(f"{place}.kind", f"must be one of {', '.join(kinds)}")
        yes, no = (self.texts(entry.get(key, []), f"{place}.{key}") for key in ("true", "false"))
        if not yes or not no or set(yes) & set(no):
            self.fault(place, 'say which texts mean yes and no: true = ["1"], false = ["0"]')
        observed_at = self.moment(entry.get("observed_at"), f"{place}.observed_at")
        column = self.column(entry.get("column"), f"{place}.column")
        if observed_at is None:
            return None
        return OutcomeSource(
            str(entry.get("kind")), column, frozenset(yes), frozenset(no), observed_at
        )
