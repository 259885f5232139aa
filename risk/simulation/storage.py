"""The files of snapshots and backtests: written whole or not at all, read only with their hash.

A file's name is its place and the hash of its content. It is written beside, brought to the
disk, then renamed: a reader sees all of it or nothing, and a crash leaves a `.partial` behind.
Web and worker must see the same folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from risk.simulation.facts import SnapshotDamaged

_PARTIAL = ".partial"
_PARTITION = re.compile(r"\d{6}-([0-9a-f]{64})\.parquet")


def partition_path(*, number: int, sha256: str) -> Path:
    return _folder("partitions") / f"{number:06d}-{sha256}.parquet"


def moves_path(*, backtest_public_id: str, number: int) -> Path:
    """Who moves, partition by partition."""
    return _folder("moves") / f"{backtest_public_id}-{number:06d}.parquet"


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """Where to write what becomes `path`; gone again when writing fails.

    Effects: fsync of file and folder, then rename over what was there.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}{_PARTIAL}")
    try:
        yield partial
        _to_disk(partial)
        partial.rename(path)
        _to_disk(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def keep_partition(partial: Path, *, number: int) -> tuple[str, int]:
    """Give a finished partial its name. Answers (hash, bytes). Effects: as `fresh`."""
    digest, size = sha256_of(partial), partial.stat().st_size
    path = partition_path(number=number, sha256=digest)
    _to_disk(partial)
    partial.rename(path)
    _to_disk(path.parent)
    return digest, size


@contextmanager
def partial_partition(*, number: int) -> Iterator[Path]:
    """A place for a partition whose hash is not known yet; nothing is left there afterwards."""
    folder = _folder("partitions")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f"{number:06d}.{os.getpid()}{_PARTIAL}"
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def is_intact(*, number: int, sha256: str, size: int) -> bool:
    path = partition_path(number=number, sha256=sha256)
    try:
        return path.stat().st_size == size and sha256_of(path) == sha256
    except OSError:
        return False


def read_partition(*, number: int, sha256: str) -> bytes:
    """The bytes that were hashed are the bytes that are read: no moment lies between.

    Raises: SnapshotDamaged.
    """
    return _read(partition_path(number=number, sha256=sha256), number, sha256)


def read_moves(*, backtest_public_id: str, number: int, sha256: str) -> bytes:
    """Raises: SnapshotDamaged."""
    path = moves_path(backtest_public_id=backtest_public_id, number=number)
    return _read(path, number, sha256)


def remove_partitions(*, keep: Collection[str]) -> tuple[int, int]:
    """Effects: deletes partitions no hash of `keep` names, and what crashes left half-written.

    Answers (files, bytes) deleted.
    """
    files = size = 0
    for path in sorted(_folder("partitions").glob("*")):
        named = _PARTITION.fullmatch(path.name)
        if named and named[1] in keep:
            continue
        if named or path.name.endswith(_PARTIAL):
            with suppress(FileNotFoundError):
                size += path.stat().st_size
                path.unlink()
                files += 1
    return files, size


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path, number: int, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SnapshotDamaged(number=number, code="file_missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SnapshotDamaged(number=number, code="file_altered")
    return content


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(name: str) -> Path:
    return Path(settings.SNAPSHOT_DIR) / name
