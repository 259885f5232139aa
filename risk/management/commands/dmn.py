"""`manage.py dmn evaluate` and `manage.py dmn tck`; see docs/dmn.md."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from risk.dmn.batch import answers
from risk.dmn.facts import DmnError, InputRefused, Model
from risk.dmn.limits import BYTES_OF_XML
from risk.dmn.services import evaluate, json_from, json_text, load_model
from risk.dmn.tck import misses, read_cases

LONGEST_LINE = 16 * 1024 * 1024
LONGEST_PATH = 300


class ModelUnreadable(DmnError):
    """There is no file at the path, or it cannot be read."""


class Command(BaseCommand):
    help = "Evaluate decision models of the open standard (DMN 1.2 to 1.5, conformance level 2)."
    # A model is a file: neither the settings' checks nor the database have a say in it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(
            dest="action", required=True, help="what to do with a model"
        )
        action = actions.add_parser("evaluate", help="print the value of a decision as JSON")
        action.add_argument("model", nargs="?", type=Path, help="the DMN file")
        action.add_argument("--decision", help="the name of the decision")
        action.add_argument("--input", help="the inputs by name, a JSON object; null if left out")
        action.add_argument(
            "--batch", metavar="CASES",
            help='a file of {"model", "decision", "input"} a line (- for standard input); prints '
            '{"output": …} or {"error": …} a line',
        )  # fmt: skip

        kit = actions.add_parser("tck", help="run cases of the standard's public test kit")
        kit.add_argument("folder", type=Path, help="a folder of its TestCases")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["action"] == "tck":
            self._run_kit(options["folder"])
        elif options["batch"] is not None:
            if any(options[name] is not None for name in ("model", "decision", "input")):
                raise CommandError("--batch takes model, decision and input from each line.")
            self._evaluate_batch(options["batch"])
        elif options["model"] is None or options["decision"] is None:
            raise CommandError("Give a model and --decision, or --batch.")
        else:
            self._evaluate(options["model"], options["decision"], options["input"] or "{}")

    def _evaluate(self, path: Path, decision: str, text: str) -> None:
        try:
            given = json_from(text)
            if not isinstance(given, dict):
                raise InputRefused(path="", message="give a JSON object of inputs by name")
            value = evaluate(model=_load(path), decision=decision, given=given)
            self.stdout.write(json_text(value))
        except DmnError as error:
            raise CommandError(str(error)) from None

    def _evaluate_batch(self, name: str) -> None:
        beside = Path.cwd() if name == "-" else Path(name).parent

        def load(path: str) -> Model:
            return _load(_found(Path(path), beside))

        try:
            with sys.stdin.buffer if name == "-" else Path(name).open("rb") as cases:
                for answer in answers(_lines(cases), load=load):
                    self.stdout.write(answer)
                    self.stdout.flush()
        except BrokenPipeError:
            raise CommandError("Nobody reads the answers any more.") from None
        except OSError as error:
            raise CommandError(f"Cannot read {name}: {error.strerror}.") from None

    def _run_kit(self, folder: Path) -> None:
        """One line for every case that fails and every model that is refused, then the counts."""
        counts = Counter[str]()
        for path in sorted(folder.rglob("*-test-*.xml")):
            for verdict, told in _verdicts(path):
                counts[verdict] += 1
                if told:
                    self.stdout.write(f"{verdict} {path.stem} {told}")
        counted = ", ".join(f"{counts[one]:,} {one}" for one in ("passed", "failed", "refused"))
        self.stdout.write(f"{folder.name}: {counted}")
        if counts["failed"] or not counts:
            raise CommandError("Not every case that can be read passes." if counts else "No cases.")


def _verdicts(path: Path) -> Iterator[tuple[str, str]]:
    """Per case: passed, failed or refused, and why."""
    try:
        file = read_cases(path.read_bytes())
    except (DmnError, OSError) as error:
        yield "failed", f"cannot be read as cases: {error}"
        return
    try:
        model = _load(path.parent / file.model)
    except DmnError as error:
        first = str(error).splitlines()[0]
        yield from (("refused", f"{case.name}: {first}") for case in file.cases)
        return
    for case in file.cases:
        missed = list(misses(case, model=model))
        yield ("failed", f"{case.name}: {'; '.join(missed)}") if missed else ("passed", "")


def _found(path: Path, beside: Path) -> Path:
    """As the shell would find it; else beside the file that names it."""
    try:
        return path if path.exists() else beside / path
    except (OSError, ValueError):  # too long, not to be entered: opening it will say so
        return path


def _load(path: Path) -> Model:
    try:
        with path.open("rb") as file:
            return load_model(raw=file.read(BYTES_OF_XML + 1))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "this is no path"
        # The end of a path tells files apart; a batch line may name one of a million characters.
        shown = str(path) if len(str(path)) <= LONGEST_PATH else f"…{str(path)[-LONGEST_PATH:]}"
        raise ModelUnreadable(f"Cannot read the model {shown}: {why}.") from None


def _lines(cases: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends; of one beyond reason only the start, which is no JSON."""
    while line := cases.readline(LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and len(rest) == LONGEST_LINE:
            rest = cases.readline(LONGEST_LINE)
        yield line.rstrip(b"\r\n")
