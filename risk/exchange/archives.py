"""Whether some bytes are a workbook that may be opened at all, told before anything is unpacked.

What a part unpacks to is bounded by what the archive declares (`zipfile` reads no further), so the
sum of the declarations bounds the work. Source: ECMA-376 part 2 (packages).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from risk.exchange.facts import Fault, FileRefused

BYTES_OF_FILE = 8 * 1024 * 1024
BYTES_UNPACKED = 32 * 1024 * 1024
BYTES_OF_A_SMALL_PART = 2 * 1024 * 1024
PARTS = 300

_OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"
# Packages know no other way to store a part; the other ways' libraries fail in ways of their own.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What `zipfile` raises for bytes that are wrong, tried on ones altered at random.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,  # a name that is no UTF-8, a place before the first byte
    OverflowError,  # a place beyond any file
    NotImplementedError,  # patches, strong encryption, a version to come
)
_LARGE_PARTS = ("xl/worksheets/", "xl/sharedStrings")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z0-9:]+)", re.ASCII)


def check_archive(raw: bytes) -> None:
    """Raises: FileRefused with the first reason, when this is no workbook or one that is unsafe."""
    if len(raw) > BYTES_OF_FILE:
        raise _refused("too_large", f"The file has more than {BYTES_OF_FILE // 2**20} MiB.")
    if raw.startswith(_OLD_OR_ENCRYPTED):
        raise _refused(
            "old_workbook", "This is an old (.xls) or encrypted workbook; save it as .xlsx."
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except _DAMAGED as error:
        raise _damaged(error) from error
    with archive:
        for fault in _faults(archive):
            raise FileRefused([fault])


def merged_cells(raw: bytes, part: str) -> list[str]:
    """Ranges like `B2:C3`. `raw` has passed `check_archive`."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return [found.decode() for found in _MERGED.findall(archive.read(part))]


def _faults(archive: zipfile.ZipFile) -> Iterator[Fault]:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > PARTS or sum(part.file_size for part in parts) > BYTES_UNPACKED:
        yield _fault("too_large_unpacked", "The workbook unpacks to far more than tables need.")
    for part in parts:
        is_large = part.filename.startswith(_LARGE_PARTS)
        if part.file_size > BYTES_OF_A_SMALL_PART and not is_large:
            yield _fault("too_large_unpacked", "The workbook unpacks to far more than tables need.")
        if part.flag_bits & 0x1:
            yield _fault("encrypted", "The workbook is encrypted; save it without a password.")
        if part.compress_type not in _METHODS:
            yield _fault("no_workbook", "This is no .xlsx workbook.")
    if {"[Content_Types].xml", "xl/workbook.xml"} - names:
        yield _fault("no_workbook", "This is no .xlsx workbook.")
    if any("vbaproject" in name.lower() for name in names):
        yield _fault("macros", "The workbook holds macros; save it as .xlsx without them.")
    for part in parts:
        yield from _content_faults(part.filename, _content(archive, part))


def _content(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(part)
    except _DAMAGED as error:
        raise _damaged(error) from error


def _content_faults(name: str, content: bytes) -> Iterator[Fault]:
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        return
    # With another encoding the search below would see nothing.
    if b"\x00" in content or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        yield _fault("unsafe_xml", "The workbook holds declarations that no workbook needs.")
    if name == "[Content_Types].xml" and b"macroEnabled" in content:
        yield _fault("macros", "The workbook holds macros; save it as .xlsx without them.")


def _fault(code: str, message: str) -> Fault:
    return Fault("", code, message)


def _refused(code: str, message: str) -> FileRefused:
    return FileRefused([_fault(code, message)])


def _damaged(error: Exception) -> FileRefused:
    what = type(error).__name__
    return _refused("no_workbook", f"This is no .xlsx workbook, or a damaged one ({what}).")
