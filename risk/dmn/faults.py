"""Collecting what is wrong with a model, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from risk.dmn.facts import Fault, ModelRefused
from risk.dmn.lexer import FeelSyntaxError
from risk.dmn.limits import FAULTS_TOLD
from risk.dmn.markup import Element

Read = TypeVar("Read")


class Refused(Exception):
    """One element cannot be used; reading goes on with the next."""

    def __init__(self, element: Element, message: str, *, place: str = "") -> None:
        super().__init__(message)
        self.element, self.message, self.place = element, message, place


class Faults:
    def __init__(self) -> None:
        self.found: list[Fault] = []

    @contextmanager
    def kept(self, element: Element, place: str) -> Iterator[None]:
        """What is refused inside is kept, and told with the place."""
        try:
            yield
        except Refused as refused:
            self.add(refused.element, refused.message, place=refused.place or place)
        except FeelSyntaxError as error:  # a name no expression could mention
            self.add(element, error.message, place=place)

    def add(
        self, element: Element, message: str, *, place: str, position: int | None = None
    ) -> None:
        """Raises: ModelRefused when there are more than anybody would read."""
        self.found.append(Fault(place, element.line, message, position))
        if len(self.found) >= FAULTS_TOLD:
            # Looking for more, with a suggestion for each, could take as long as a file is big.
            raise ModelRefused(
                [*self._in_lines(), Fault("the model", 0, "there may be more faults")]
            )

    def text(self, element: Element, place: str, read: Callable[[str], Read]) -> Read | None:
        """What `read` makes of the FEEL text of an element; its fault is kept, None returned."""
        try:
            return read(element.text)
        except FeelSyntaxError as error:
            self.add(element, error.message, place=place, position=error.position)
            return None

    def end(self) -> None:
        """Raises: ModelRefused when anything was found."""
        if self.found:
            raise ModelRefused(self._in_lines())

    def _in_lines(self) -> list[Fault]:
        return sorted(self.found, key=lambda fault: fault.line)
