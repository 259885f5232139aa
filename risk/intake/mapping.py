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

from backoffice.lib import clock
from backoffice.lib.suggestions import closest
from risk.intake import values
from risk.intake.expressions import ExpressionRefused, compile_expression
from risk.intake.facts import (
    Choices,
    Expression,
    Fault,
    FileFormat,
    MappingRefused,
    Moment,
    Template,
)
from risk.intake.records import ENCODINGS, PIPE_IS_UNSAFE_IN

LENGTH_AT_MOST = 256 * 1024
DELIMITERS = (",", ";", "\t", "|")
FORMAT = ("source", "encoding", "delimiter", "missing")
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def tables_in(raw: bytes) -> dict[str, Any]:
    """What a TOML file says. Raises: MappingRefused."""
    if len(raw) > LENGTH_AT_MOST:
        raise MappingRefused([Fault("mapping", "longer than 256 KiB")])
    try:
        # Numbers are kept as written: 0.1 is a tenth.
        return tomllib.loads(raw.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:  # also of its numbers
        raise MappingRefused([Fault("mapping", f"is not TOML: {error}")]) from error


def digest_of(raw: bytes, *also: str) -> str:
    """What tells one mapping from another: its bytes, and what was said beside it."""
    return hashlib.sha256(b"\0".join([raw, *(text.encode() for text in also)])).hexdigest()


def meant(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean X?` or nothing."""
    found = closest(wrong, known)
    return f"; did you mean {found!r}?" if found else ""


class MappingReader:
    """Reads the parts of a mapping; collects faults instead of stopping at the first."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self.faults: list[Fault] = []

    def format(self, given: dict[str, Any], *, digest: str) -> FileFormat:
        encoding = self._encoding(given.get("encoding", "utf-8"))
        delimiter = given.get("delimiter", ",")
        if delimiter not in DELIMITERS:
            self.fault("delimiter", "must be one of , ; | or a tab")
        elif delimiter == "|" and encoding in PIPE_IS_UNSAFE_IN:
            self.fault("delimiter", f"| is part of other characters in {encoding}: use utf-8")
        source = given.get("source")
        if not (isinstance(source, str) and _SOURCE.fullmatch(source)):
            self.fault("source", "say where the file comes from: 1 to 40 letters, digits, - . _")
        missing = self.texts(given.get("missing", [""]), "missing")
        return FileFormat(str(source), encoding, str(delimiter), frozenset({"", *missing}), digest)

    def _encoding(self, given: Any) -> str:
        try:
            name = codecs.lookup(given).name if isinstance(given, str) else ""
        except (LookupError, ValueError):
            name = ""
        name = "utf-8" if name == "utf-8-sig" else name
        if name not in ENCODINGS:
            self.fault("encoding", f"must be one of {', '.join(ENCODINGS)}; else save as UTF-8")
        return name

    def template(self, given: Any, place: str, what: str) -> Template:
        """A column, or literal text with columns in braces."""
        if not isinstance(given, str) or not given.strip():
            self.fault(place, f'name the column with {what}: {place} = "ID"')
            return ()
        if not _PLACEHOLDER.search(given):
            return ((given, True),)
        parts = [
            (text, position % 2 == 1)
            for position, text in enumerate(_PLACEHOLDER.split(given))
            if text
        ]
        if any("{" in text or "}" in text for text, _is_column in parts):
            self.fault(place, "a brace without its partner")
        return tuple(parts)

    def expression(self, text: str, place: str) -> Expression | None:
        try:
            return compile_expression(text)
        except ExpressionRefused as error:
            self.fault(place, str(error))
            return None

    def moment(self, given: Any, place: str) -> Moment | None:
        if isinstance(given, dict):
            self.known_keys(given, ("column", "date"), place)
            column = self.column(given.get("column"), f"{place}.column")
            return Moment(None, column, self.date_format(given, place))
        fixed = clock.as_moment(given)
        if fixed is None:
            self.fault(place, "give a date (2005-09-30), a time with its offset, or a column")
            return None
        if fault := values.moment_fault(fixed, now=self.at):
            self.fault(place, fault[1])
        return Moment(fixed)

    def column(self, given: Any, place: str) -> str:
        if not isinstance(given, str) or not given:
            self.fault(place, "must name a column")
            return ""
        return given

    def date_format(self, entry: Mapping[str, Any], place: str) -> str | None:
        given = entry.get("date")
        if given is None:
            return None
        try:
            sample = dt.date(1987, 6, 5).strftime(given)
            is_whole = dt.datetime.strptime(sample, given).date() == dt.date(1987, 6, 5)  # noqa: DTZ007
        except (ValueError, TypeError, re.error):
            is_whole = False
        if not is_whole:
            self.fault(f"{place}.date", 'must give year, month and day: date = "%d/%m/%Y"')
            return None
        return str(given)

    def choices(self, entry: Mapping[str, Any], place: str) -> Choices | None:
        if "map" not in entry:
            if "otherwise" in entry:
                self.fault(f"{place}.otherwise", "goes with a map")
            return None
        meanings = self.table(entry["map"], f"{place}.map")
        otherwise = entry.get("otherwise")
        texts = [*meanings.values(), *([otherwise] if otherwise is not None else [])]
        if not all(isinstance(text, str) for text in texts):
            self.fault(f"{place}.map", "meanings must be texts")
            return None
        return Choices(meanings, otherwise)

    def number(self, given: Any, place: str) -> Decimal | None:
        if given is None:
            return None
        is_number = isinstance(given, int | Decimal) and not isinstance(given, bool)
        if not is_number or not Decimal(given).is_finite():
            self.fault(place, "a mapped value or if_divided_by_zero must be a number")
            return None
        return Decimal(given)

    def texts(self, given: Any, place: str) -> tuple[str, ...]:
        listed = given if isinstance(given, list) else [given]
        if not all(isinstance(text, str | int) and not isinstance(text, bool) for text in listed):
            self.fault(place, "must be a list of texts")
            return ()
        return tuple(str(text) for text in listed)

    def table(self, given: Any, place: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return given
        self.fault(place, "must be a column name or a table" if "." in place else "must be a table")
        return {}

    def known_keys(self, given: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        names = list(known)
        for key in given:
            if key not in names:
                where = f"{place}.{key}" if place else key
                self.fault(where, f"is not known here{meant(key, names)}")

    def fault(self, place: str, detail: str) -> None:
        self.faults.append(Fault(place, detail))
