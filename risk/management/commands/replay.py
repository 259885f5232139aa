"""`manage.py replay DECISION…`: the stored facts and policy hash must give the same bytes again."""

from __future__ import annotations

import difflib
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from backoffice.lib import clock
from backoffice.lib.errors import Refused
from risk.decisions import queries, services
from risk.decisions.facts import Replayed
from risk.tables.facts import TableError

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Recompute decisions and prove that the answer is the same, byte for byte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("decisions", nargs="*", metavar="DECISION", help="ids, dec_…")
        parser.add_argument(
            "--all-since", metavar="DATE", help="every decision since a date or time (ISO 8601)"
        )
        parser.add_argument("--sample", type=int, metavar="N", help="only N of them, at random")
        parser.add_argument(
            "--quiet", action="store_true", help="print only what differs, and the totals"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        equal = failed = 0
        for public_id in self._wanted(options):
            problem = self._problem(public_id)
            if problem is None:
                equal += 1
                if not options["quiet"]:
                    self.stdout.write(f"{public_id}  equal")
            else:
                failed += 1
                self.stdout.write(f"{public_id}  {problem}")
        self.stdout.write(f"{equal:,} equal, {failed:,} not.")
        if failed:
            raise CommandError(f"{failed} of {equal + failed} decisions could not be proved.")

    def _wanted(self, options: dict[str, Any]) -> Iterator[str]:
        if bool(options["decisions"]) == bool(options["all_since"] or options["sample"]):
            raise CommandError("Give decision ids, or --all-since and/or --sample.")
        if options["sample"] is not None and options["sample"] < 1:
            raise CommandError("--sample is 1 or more.")
        if options["decisions"]:
            return iter(options["decisions"])
        since = clock.moment_in(options["all_since"]) if options["all_since"] else None
        if options["all_since"] and since is None:
            raise CommandError("--all-since is a date, or a time with its offset (ISO 8601).")
        return queries.decision_ids(since=since, sample=options["sample"])

    def _problem(self, public_id: str) -> str | None:
        """What stands in the way of the proof; None when the bytes are the same."""
        try:
            replayed = services.replay(public_id=public_id)
        except Refused as error:
            with translation.override("en"):
                return f"not replayed: {error.message} ({error.code})"
        except (TableError, ValueError, KeyError, TypeError) as error:
            log.exception("replay_failed", decision=public_id)
            return f"not replayed: {type(error).__name__}"
        return None if replayed.is_equal else f"DIFFERS\n{_difference(replayed)}"


def _difference(replayed: Replayed) -> str:
    """The two answers laid out line by line; the bytes themselves when only those differ."""
    stored, recomputed = (_laid_out(text) for text in (replayed.stored, replayed.recomputed))
    if stored == recomputed:
        stored, recomputed = [replayed.stored], [replayed.recomputed]
    lines = difflib.unified_diff(stored, recomputed, "stored", "recomputed", lineterm="", n=1)
    return "\n".join(f"    {line}" for line in lines)


def _laid_out(text: str) -> list[str]:
    try:
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False).splitlines()
    except ValueError:
        return [text]
