"""The rules over whole files: numbers checked, applicants compared with a bureau's records.

Rows are read one by one. What the bureau says waits in a scratch file, sealed under a key that
lives as long as the run; so memory does not grow with either file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.verification.facts import Cause, Finding, Identity
from accounts.verification.matching import cause_of_fault, compare
from accounts.verification.rules import id_number_fault, without_spreadsheet_marks
from backoffice.lib.csv_files import CsvFile, CsvRow, open_csv, written

COLUMNS = ("user_id", "name", "id_number", "phone")
CHECKED, COMPARED = ("id_number", "verdict", "cause"), ("user_id", "finding", "cause")
NOT_WRITTEN = frozenset({"", "null", "none", "nil", "nan", "n/a", "na", "\\n", "-", "--", "无"})
_EMPTY, _UNREADABLE = "empty", Cause.UNREADABLE_ROW.value
_NONCE_BYTES = 12


def check_numbers(
    *, path: Path, out: Path, today: dt.date, progress: Callable[[int], None]
) -> Counter[str]:
    """One row out for one row in, in order; counts by verdict. Raises: FileRefused."""
    counts: Counter[str] = Counter()
    source = open_csv(path, needed=("id_number",))
    with written(out, header=CHECKED, inputs=(path,)) as write:
        for done, row in enumerate(source.rows(), start=1):
            number = row.cells["id_number"]
            cause = _number_cause(number, today) if row.is_readable else _UNREADABLE
            verdict = "invalid" if cause else "valid"
            write((number, verdict, cause))
            counts[verdict] += 1
            progress(done)
    return counts


def compare_files(
    *, applicants: Path, bureau: Path, out: Path, today: dt.date, progress: Callable[[int], None]
) -> Counter[str]:
    """One row out for each applicant, in order; counts by finding, and of rows that repeat.

    Of several bureau rows for one user the last counts. Raises: FileRefused.
    """
    asked = open_csv(applicants, needed=COLUMNS)
    known = open_csv(bureau, needed=COLUMNS)
    counts: Counter[str] = Counter()
    with (
        written(out, header=COMPARED, inputs=(applicants, bureau)) as write,
        _kept(known, counts) as record_of,
    ):
        for done, row in enumerate(asked.rows(), start=1):
            finding, cause = _compared(row, record_of, today)
            write((row.cells["user_id"], finding.value, cause.value))
            counts[finding.value] += 1
            progress(done)
    return counts


def _number_cause(number: str, today: dt.date) -> str:
    if not number.strip():
        return _EMPTY
    fault = id_number_fault(without_spreadsheet_marks(number), today=today)
    return cause_of_fault(fault).value if fault else ""


def _compared(
    row: CsvRow, record_of: Callable[[str], Identity | None], today: dt.date
) -> tuple[Finding, Cause]:
    if not row.is_readable:
        return Finding.MISSING, Cause.UNREADABLE_ROW
    user_id = row.cells["user_id"].strip()
    if not user_id:
        return Finding.MISSING, Cause.NO_USER_ID
    verdict = compare(_identity(row.cells), record_of(user_id), today=today)
    return verdict.finding, verdict.cause


def _identity(row: Mapping[str, str]) -> Identity:
    name, id_number, phone, birth_date, gender = (
        _given(row.get(column, ""))
        for column in ("name", "id_number", "phone", "birth_date", "gender")
    )
    return Identity(name, id_number, phone, birth_date, gender)


def _given(text: str) -> str | None:
    return None if text.strip().casefold() in NOT_WRITTEN else text


@contextmanager
def _kept(source: CsvFile, counts: Counter[str]) -> Iterator[Callable[[str], Identity | None]]:
    """Puts the bureau's rows aside; gives what finds one by user id."""
    secret, cipher = os.urandom(32), AESGCM(AESGCM.generate_key(256))

    def key(user_id: str) -> bytes:
        return hashlib.blake2b(user_id.encode("utf-8", "surrogatepass"), key=secret,
                               digest_size=16).digest()  # fmt: skip

    with tempfile.TemporaryDirectory(prefix="identities.") as folder:
        store = sqlite3.connect(Path(folder) / "bureau", isolation_level=None)
        try:
            _fill(store, _sealed_rows(source, key, cipher, counts))
            counts["repeated"] -= store.execute("SELECT count(*) FROM record").fetchone()[0]

            def record_of(user_id: str) -> Identity | None:
                found = store.execute(
                    "SELECT sealed FROM record WHERE key = ?", (key(user_id),)
                ).fetchone()
                return _opened(cipher, found[0]) if found else None

            yield record_of
        finally:
            store.close()


def _sealed_rows(
    source: CsvFile, key: Callable[[str], bytes], cipher: AESGCM, counts: Counter[str]
) -> Iterator[tuple[bytes, bytes]]:
    for row in source.rows():
        user_id = row.cells["user_id"].strip()
        if not user_id or not row.is_readable:
            counts["unusable"] += 1
            continue
        counts["repeated"] += 1
        side = _identity(row.cells)
        plain = json.dumps(
            [side.name, side.id_number, side.phone, side.birth_date, side.gender]
        ).encode()
        nonce = os.urandom(_NONCE_BYTES)
        yield key(user_id), nonce + cipher.encrypt(nonce, plain, None)


def _opened(cipher: AESGCM, sealed: bytes) -> Identity:
    return Identity(*json.loads(cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)))


def _fill(store: sqlite3.Connection, rows: Iterator[tuple[bytes, bytes]]) -> None:
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
        store.execute(f"PRAGMA {setting}")
    store.execute("CREATE TABLE record (key BLOB PRIMARY KEY, sealed BLOB) WITHOUT ROWID")
    store.execute("BEGIN")
    store.executemany("INSERT OR REPLACE INTO record VALUES (?, ?)", rows)
    store.execute("COMMIT")


def said(counts: Mapping[str, int], names: Sequence[str]) -> str:
    """`1,204 match, 31 phone`."""
    return ", ".join(f"{counts[name]:,} {name}" for name in names)
