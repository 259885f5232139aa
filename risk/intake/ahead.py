"""Reading the next batch while the database writes this one: neither then waits for the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

from django.utils import translation

Item = TypeVar("Item")

READY_AT_MOST = 2
_LOOK_UP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _End:
    """After the last item: why there are no more, if not because that was all."""

    error: BaseException | None = None


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items in the same order, made in a thread of their own, at most two ahead.

    What making them raises is raised here, after the items before it. Closing this ends the
    thread. It has the caller's language, and must not touch the database.
    """
    reader = _Reader(items)
    thread = Thread(target=reader.run, args=[translation.get_language()], daemon=True)
    thread.start()
    try:
        yield from reader.items()
    finally:
        reader.is_unwanted.set()
        thread.join()


class _Reader(Generic[Item]):
    def __init__(self, made: Iterable[Item]) -> None:
        self._made = made
        self._ready: Queue[Item | _End] = Queue(READY_AT_MOST)
        self.is_unwanted = Event()

    def run(self, language: str | None) -> None:
        end = _End()
        try:
            with translation.override(language):
                for item in self._made:
                    if not self._hand_over(item):
                        return
        except BaseException as error:
            end = _End(error)
        self._hand_over(end)

    def items(self) -> Iterator[Item]:
        while not isinstance(item := self._ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def _hand_over(self, item: Item | _End) -> bool:
        """False when nobody wants it any more."""
        while not self.is_unwanted.is_set():
            try:
                self._ready.put(item, timeout=_LOOK_UP_SECONDS)
            except Full:
                continue
            return True
        return False
