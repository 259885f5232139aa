"""The signal catalogue as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from risk.signals.catalogue import SIGNALS, of_family
from risk.signals.facts import Signal, SignalType
from risk.signals.words import FAMILIES, SOURCES, UNITS, action_words, fresh_words

_HEADINGS = ("name", "meaning", "unit", "source", "freshness", "what the customer can do", "basis")


class Command(BaseCommand):
    help = "Print every signal policies may use, as Markdown tables by family."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--language", choices=["en", "zh-hans"], default="en", help="of the words"
        )

    def handle(self, *arguments: Any, language: str, **options: Any) -> None:
        with translation.override(language):
            self.stdout.write("\n".join(_lines()))


def _lines() -> Iterator[str]:
    bases = list(dict.fromkeys(str(signal.basis) for signal in SIGNALS.values()))
    for family, title in FAMILIES.items():
        yield f"### {title}\n"
        yield f"| {' | '.join(_HEADINGS)} |"
        yield f"|{'---|' * len(_HEADINGS)}"
        for signal in of_family(family).values():
            yield f"| {' | '.join(_cells(signal, bases))} |"
        yield ""
    yield "### Legal bases\n"
    for number, basis in enumerate(bases, start=1):
        yield f"{number}. {basis}"


def _cells(signal: Signal, bases: list[str]) -> tuple[str, ...]:
    unit = "yes or no" if signal.type is SignalType.BOOLEAN else str(UNITS.get(signal.unit, ""))
    return (
        f"`{signal.name}`", str(signal.label), unit or ", ".join(signal.choices),
        str(SOURCES[signal.source]), fresh_words(signal), action_words(signal),
        f"[{bases.index(str(signal.basis)) + 1}](#legal-bases)",
    )  # fmt: skip
