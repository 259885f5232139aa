"""What the commands that import files have in common; see docs/importing.md."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import translation

from backoffice import memory
from backoffice.lib.errors import Refused
from backoffice.lib.progress import ProgressLine, terminal
from compliance.ledger.facts import system
from risk.intake import running
from risk.intake.facts import FileRefused, MappingRefused, Position, Summary
from risk.intake.rows import AnyMapping
from risk.intake.services import Kind

BAD_MAPPING, BAD_FILE = 2, 3


class ImportCommand(BaseCommand):
    """A command that imports one kind of file."""

    kind: Kind
    batch: int  # rows a transaction, unless told otherwise
    batch_at_most: int

    @abstractmethod
    def mapping(self, raw: bytes, options: dict[str, Any]) -> AnyMapping:
        """Raises: MappingRefused, CommandError."""

    @abstractmethod
    def tell_written(self, done: Position) -> None:
        """What became of the rows, besides how many were written and rejected."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument("--mapping", type=Path, required=True, help="which column is what")
        parser.add_argument("--rejects", type=Path, help="default: FILE.rejects.csv")
        parser.add_argument(
            "--with-rows", action="store_true",
            help="copy rejected rows into the rejects file; they are personal data",
        )  # fmt: skip
        parser.add_argument("--batch", type=int, default=self.batch, help="rows a transaction")
        parser.add_argument(
            "--check", action="store_true", help="read and report only; write nothing"
        )
        parser.add_argument(
            "--again", action="store_true",
            help="from the first row, even when this file was imported before",
        )  # fmt: skip

    def handle(self, *arguments: Any, **options: Any) -> None:
        with translation.override("en"):  # the side file and what is said here: one language
            self._handle(options)

    def _handle(self, options: dict[str, Any]) -> None:
        if not 1 <= options["batch"] <= self.batch_at_most:
            raise CommandError(f"--batch is 1 to {self.batch_at_most}.")
        mapping = self._mapping(options["mapping"], options)
        memory.expect_great_batches()
        try:
            summary = self._run(options["file"], mapping, options)
        except MappingRefused as error:
            raise CommandError(_listed(options["mapping"], error), returncode=BAD_MAPPING) from None
        except FileRefused as error:
            raise CommandError(str(error), returncode=BAD_FILE) from None
        except Refused as error:
            raise CommandError(f"{error.message} ({error.code})") from None
        except DatabaseError as error:
            # Its text may quote a row. What was committed before stays, and the run goes on there.
            state = getattr(error.__cause__, "sqlstate", None)
            raise CommandError(
                f"The database refused a batch ({type(error).__name__} {state}). Rows written "
                "before stay; the same command goes on after them."
            ) from None
        self._tell(summary, options)

    def _run(self, path: Path, mapping: AnyMapping, options: dict[str, Any]) -> Summary:
        line = ProgressLine(terminal(self), label=path.name, unit="rows")

        def progress(position: Position, total: int) -> None:
            line.show(
                share=position.bytes_done / total if total else 1.0,
                count=position.rows_read,
                note=f"{position.rows_rejected:,} rejected" if position.rows_rejected else "",
            )

        chosen = running.Options(
            batch=options["batch"],
            rejects=options["rejects"],
            with_rows=options["with_rows"],
            again=options["again"],
        )
        try:
            if options["check"]:
                return running.check_file(
                    path=path,
                    kind=self.kind,
                    mapping=mapping,
                    options=chosen,
                    progress=progress,
                )
            return running.import_file(
                path=path,
                kind=self.kind,
                mapping=mapping,
                options=chosen,
                actor=system("import"),
                progress=progress,
            )
        finally:
            line.finish()

    def _mapping(self, path: Path, options: dict[str, Any]) -> AnyMapping:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise CommandError(
                f"Cannot read {path}: {error.strerror}.", returncode=BAD_MAPPING
            ) from None
        try:
            return self.mapping(raw, options)
        except MappingRefused as error:
            raise CommandError(_listed(path, error), returncode=BAD_MAPPING) from None

    def _tell(self, summary: Summary, options: dict[str, Any]) -> None:
        done = summary.position
        if summary.was_already_done:
            self.stdout.write(
                f"This file was imported before ({summary.public_id}): nothing to do. "
                "--again imports it once more."
            )
        counts = f"{done.rows_read:,} rows: {done.rows_written:,} written"
        if options["check"]:
            counts = f"{done.rows_read:,} rows: {done.rows_written:,} usable"
        self.stdout.write(f"{counts}, {done.rows_rejected:,} rejected.")
        if not options["check"]:
            self.tell_written(done)
        if done.rows_rejected or done.rows_repeated:
            side = options["rejects"] or running.rejects_path(
                options["file"], is_check=options["check"]
            )
            self.stdout.write(f"Every one of them with line, column and cause: {side}")
        if not summary.was_already_done:
            self.stdout.write(f"{summary.seconds:.1f} s" + " (resumed)" * summary.was_resumed)


def _listed(path: Path, error: MappingRefused) -> str:
    faults = "\n".join(f"  {fault.place}: {fault.detail}" for fault in error.faults)
    return f"The mapping {path} cannot be used:\n{faults}"
