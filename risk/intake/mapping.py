"""A mapping file read strictly: every fault at once, each with its place and a suggestion."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from accounts.customers.facts import Profile
from accounts.customers.rules import EMPLOYMENT, LANGUAGES
from backoffice.lib import clock
from backoffice.lib.suggestions import closest
from risk.intake import values
from risk.intake.expressions import ExpressionRefused, compile_expression
from risk.intake.facts import (
    Choices,
    Fault,
    FileMapping,
    MappingRefused,
    Moment,
    OutcomeSource,
    ProfileField,
    SignalSource,
)
from risk.intake.records import ENCODINGS, PIPE_IS_UNSAFE_IN
from risk.signals.catalogue import STORED
from risk.signals.models import OutcomeKind

LENGTH_AT_MOST = 256 * 1024
DELIMITERS = (",", ";", "\t", "|")
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_TOP = (
    "source", "reference", "encoding", "delimiter", "missing", "profile", "signals", "outcomes",
)  # fmt: skip
_PROFILE_CHOICES = {"employment_status": EMPLOYMENT, "language": LANGUAGES}


def read_mapping(
    raw: bytes, *, at: dt.datetime, observed_at: dt.datetime | None = None
) -> FileMapping:
    """The mapping in a TOML file's bytes; `observed_at` overrides when signals were observed.

    Raises: MappingRefused with every fault.
    """
    if len(raw) > LENGTH_AT_MOST:
        raise MappingRefused([Fault("mapping", "longer than 256 KiB")])
    try:
        # Numbers are kept as written: 0.1 is a tenth.
        given = tomllib.loads(raw.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:  # also of its numbers
        raise MappingRefused([Fault("mapping", f"is not TOML: {error}")]) from error
    reader = _Reader(at, observed_at)
    mapping = reader.mapping(given, digest=_digest(raw, observed_at))
    if reader.faults or mapping is None:
        raise MappingRefused(reader.faults)
    return mapping


def meant(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean X?` or nothing."""
    found = closest(wrong, known)
    return f"; did you mean {found!r}?" if found else ""


def _digest(raw: bytes, observed_at: dt.datetime | None) -> str:
    suffix = observed_at.isoformat() if observed_at else ""
    return hashlib.sha256(raw + b"\0" + suffix.encode()).hexdigest()


class _Reader:
    """Collects faults instead of stopping at the first."""

    def __init__(self, at: dt.datetime, observed_at: dt.datetime | None) -> None:
        self.at, self.observed_at = at, observed_at
        self.faults: list[Fault] = []

    def mapping(self, given: dict[str, Any], *, digest: str) -> FileMapping | None:
        self._known_keys(given, _TOP, "")
        encoding = self._encoding(given.get("encoding", "utf-8"))
        delimiter = given.get("delimiter", ",")
        if delimiter not in DELIMITERS:
            self._fault("delimiter", "must be one of , ; | or a tab")
        elif delimiter == "|" and encoding in PIPE_IS_UNSAFE_IN:
            self._fault("delimiter", f"| is part of other characters in {encoding}: use utf-8")
        profile = self._profile(given.get("profile", {}))
        signals, signals_at = self._signals(given.get("signals", {}))
        reference = self._reference(given.get("reference"))
        source = given.get("source")
        if not (isinstance(source, str) and _SOURCE.fullmatch(source)):
            self._fault("source", "say where the file comes from: 1 to 40 letters, digits, - . _")
        outcomes = self._outcomes(given.get("outcomes", []))
        missing = self._texts(given.get("missing", [""]), "missing")
        if self.faults:
            return None
        return FileMapping(
            source=str(source), encoding=encoding, delimiter=str(delimiter),
            missing=frozenset({"", *missing}), reference=reference, profile=profile,
            signals=signals, signals_at=signals_at, outcomes=outcomes, digest=digest,
        )  # fmt: skip

    # ── parts ───────────────────────────────────────────────────────────────────────────────

    def _encoding(self, given: Any) -> str:
        try:
            name = codecs.lookup(given).name if isinstance(given, str) else ""
        except (LookupError, ValueError):
            name = ""
        name = "utf-8" if name == "utf-8-sig" else name
        if name not in ENCODINGS:
            self._fault("encoding", f"must be one of {', '.join(ENCODINGS)}; else save as UTF-8")
        return name

    def _reference(self, given: Any) -> tuple[tuple[str, bool], ...]:
        if not isinstance(given, str) or not given.strip():
            self._fault("reference", 'name the column with the customer\'s id: reference = "ID"')
            return ()
        if not _PLACEHOLDER.search(given):
            return ((given, True),)
        parts = [
            (text, position % 2 == 1)
            for position, text in enumerate(_PLACEHOLDER.split(given))
            if text
        ]
        if any("{" in text or "}" in text for text, _is_column in parts):
            self._fault("reference", "a brace without its partner")
        return tuple(parts)

    def _profile(self, given: Any) -> tuple[ProfileField, ...]:
        table = self._table(given, "profile")
        self._known_keys(table, Profile.__dataclass_fields__, "profile")
        return tuple(
            field
            for name, entry in table.items()
            if name in Profile.__dataclass_fields__
            and (field := self._profile_field(name, entry, f"profile.{name}"))
        )

    def _profile_field(self, name: str, given: Any, place: str) -> ProfileField | None:
        if isinstance(given, str):
            return self._checked_field(ProfileField(name, self._column(given, place)), place)
        entry = self._table(given, place)
        self._known_keys(entry, ("column", "value", "date", "map", "otherwise"), place)
        if ("column" in entry) == ("value" in entry):
            self._fault(place, 'give either column = "…" or value = "…"')
            return None
        constant = entry.get("value")
        if constant is not None and not isinstance(constant, str):
            self._fault(f"{place}.value", "must be text")
        return self._checked_field(
            ProfileField(
                name,
                self._column(entry["column"], f"{place}.column") if "column" in entry else None,
                constant if isinstance(constant, str) else None,
                self._date_format(entry, place),
                self._choices(entry, place),
            ),
            place,
        )

    def _checked_field(self, field: ProfileField, place: str) -> ProfileField:
        if field.date_format and field.name != "birth_date":
            self._fault(f"{place}.date", "only birth_date is a date")
        known = _PROFILE_CHOICES.get(field.name)
        if known:
            meanings = [*(field.choices.meanings.values() if field.choices else ())]
            meanings += [field.choices.otherwise] if field.choices else []
            for text in (*meanings, field.constant):
                if text is not None and text not in known:
                    self._fault(place, f"{text!r} is not one of {', '.join(known)}")
        return field

    def _signals(self, given: Any) -> tuple[tuple[SignalSource, ...], Moment | None]:
        table = self._table(given, "signals")
        self._known_keys(table, ("observed_at", *STORED), "signals")
        sources = tuple(
            source
            for name, entry in table.items()
            if name in STORED and (source := self._signal(name, entry, f"signals.{name}"))
        )
        if not any(name in STORED for name in table):
            return (), None
        if self.observed_at is not None:
            return sources, self._moment(self.observed_at, "the observation date given")
        return sources, self._moment(table.get("observed_at"), "signals.observed_at")

    def _signal(self, name: str, given: Any, place: str) -> SignalSource | None:
        if isinstance(given, str):
            return self._expression(name, given, None, place)
        if isinstance(given, int | Decimal) and not isinstance(given, bool):
            return self._expression(name, str(given), None, place)
        entry = self._table(given, place)
        self._known_keys(entry, ("expression", "if_divided_by_zero", "column", "map"), place)
        if "expression" in entry and "column" not in entry and "map" not in entry:
            text = entry["expression"]
            if not isinstance(text, str):
                self._fault(f"{place}.expression", "must be text")
                return None
            zero = entry.get("if_divided_by_zero")
            return self._expression(name, text, self._number(zero, place), place)
        if "column" in entry and "map" in entry and "expression" not in entry:
            codes = self._table(entry["map"], f"{place}.map")
            return SignalSource(
                name,
                code_column=self._column(entry["column"], f"{place}.column"),
                codes={code: self._number(number, place) for code, number in codes.items()},
            )
        self._fault(place, "give an expression, or a column with a map")
        return None

    def _expression(
        self, name: str, text: str, zero: Decimal | None, place: str
    ) -> SignalSource | None:
        try:
            return SignalSource(name, compile_expression(text), if_divided_by_zero=zero)
        except ExpressionRefused as error:
            self._fault(place, str(error))
            return None

    def _outcomes(self, given: Any) -> tuple[OutcomeSource, ...]:
        if not isinstance(given, list):
            self._fault("outcomes", "begin each with a line [[outcomes]]")
            return ()
        found = [self._outcome(entry, f"outcomes[{place}]") for place, entry in enumerate(given)]
        return tuple(outcome for outcome in found if outcome)

    def _outcome(self, given: Any, place: str) -> OutcomeSource | None:
        entry = self._table(given, place)
        self._known_keys(entry, ("kind", "column", "true", "false", "observed_at"), place)
        kinds = OutcomeKind.values
        if entry.get("kind") not in kinds:
            self._fault(f"{place}.kind", f"must be one of {', '.join(kinds)}")
        yes, no = (self._texts(entry.get(key, []), f"{place}.{key}") for key in ("true", "false"))
        if not yes or not no or set(yes) & set(no):
            self._fault(place, 'say which texts mean yes and no: true = ["1"], false = ["0"]')
        observed_at = self._moment(entry.get("observed_at"), f"{place}.observed_at")
        column = self._column(entry.get("column"), f"{place}.column")
        if observed_at is None:
            return None
        return OutcomeSource(
            str(entry.get("kind")), column, frozenset(yes), frozenset(no), observed_at
        )

    def _moment(self, given: Any, place: str) -> Moment | None:
        if isinstance(given, dict):
            self._known_keys(given, ("column", "date"), place)
            column = self._column(given.get("column"), f"{place}.column")
            return Moment(None, column, self._date_format(given, place))
        fixed = clock.as_moment(given)
        if fixed is None:
            self._fault(place, "give a date (2005-09-30), a time with its offset, or a column")
            return None
        if fault := values.moment_fault(fixed, now=self.at):
            self._fault(place, fault[1])
        return Moment(fixed)

    # ── small things ────────────────────────────────────────────────────────────────────────

    def _column(self, given: Any, place: str) -> str:
        if not isinstance(given, str) or not given:
            self._fault(place, "must name a column")
            return ""
        return given

    def _date_format(self, entry: Mapping[str, Any], place: str) -> str | None:
        given = entry.get("date")
        if given is None:
            return None
        try:
            sample = dt.date(1987, 6, 5).strftime(given)
            is_whole = dt.datetime.strptime(sample, given).date() == dt.date(1987, 6, 5)  # noqa: DTZ007
        except (ValueError, TypeError, re.error):
            is_whole = False
        if not is_whole:
            self._fault(f"{place}.date", 'must give year, month and day: date = "%d/%m/%Y"')
            return None
        return str(given)

    def _choices(self, entry: Mapping[str, Any], place: str) -> Choices | None:
        if "map" not in entry:
            if "otherwise" in entry:
                self._fault(f"{place}.otherwise", "goes with a map")
            return None
        meanings = self._table(entry["map"], f"{place}.map")
        otherwise = entry.get("otherwise")
        texts = [*meanings.values(), *([otherwise] if otherwise is not None else [])]
        if not all(isinstance(text, str) for text in texts):
            self._fault(f"{place}.map", "meanings must be texts")
            return None
        return Choices(meanings, otherwise)

    def _number(self, given: Any, place: str) -> Decimal | None:
        if given is None:
            return None
        is_number = isinstance(given, int | Decimal) and not isinstance(given, bool)
        if not is_number or not Decimal(given).is_finite():
            self._fault(place, "a mapped value or if_divided_by_zero must be a number")
            return None
        return Decimal(given)

    def _texts(self, given: Any, place: str) -> tuple[str, ...]:
        listed = given if isinstance(given, list) else [given]
        if not all(isinstance(text, str | int) and not isinstance(text, bool) for text in listed):
            self._fault(place, "must be a list of texts")
            return ()
        return tuple(str(text) for text in listed)

    def _table(self, given: Any, place: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return given
        self._fault(
            place, "must be a column name or a table" if "." in place else "must be a table"
        )
        return {}

    def _known_keys(self, given: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        names = list(known)
        for key in given:
            if key not in names:
                where = f"{place}.{key}" if place else key
                self._fault(where, f"is not known here{meant(key, names)}")

    def _fault(self, place: str, detail: str) -> None:
        self.faults.append(Fault(place, detail))
