"""Commands that read files and write one: the frame they share."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from backoffice.lib.csv_files import FileRefused
from backoffice.lib.progress import ProgressLine, terminal

Progress = Callable[[int], None]  # rows done so far


class FileCommand(BaseCommand):
    """Files in, file out: neither the settings' checks nor the database have a say in it."""

    requires_system_checks = ()
    inputs: ClassVar[dict[str, str]]  # argument → what it is; the first names the progress
    columns: ClassVar[str]  # of the file that is written

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, meaning in self.inputs.items():
            parser.add_argument(name, type=Path, help=meaning)
        parser.add_argument(
            "--out", type=Path, required=True, help=f"where {self.columns} is written"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        paths = {name: options[name] for name in self.inputs}
        first = next(iter(paths.values()))
        line = ProgressLine(terminal(self), label=first.name, unit="rows")

        def progress(done: int) -> None:
            line.show_count(count=done, note="done")

        try:
            said = list(self.write(out=options["out"], progress=progress, **paths))
        except FileRefused as error:
            raise CommandError(str(error)) from None
        finally:
            line.finish()
        for sentence in said:
            self.stdout.write(sentence)

    @abstractmethod
    def write(self, *, out: Path, progress: Progress, **inputs: Path) -> Iterator[str]:
        """Writes the file, then says what came of it. Raises: FileRefused."""
