"""Batches are read in a thread while others are written: in order, to the end, or to the fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest
from django.utils import translation
from django.utils.translation import gettext

from risk.intake.ahead import READY_AT_MOST, read_ahead


def test_every_item_comes_in_its_order() -> None:
    assert list(read_ahead(range(1000))) == list(range(1000))
    assert list(read_ahead([])) == []


def test_items_are_made_elsewhere_and_only_a_few_ahead() -> None:
    made = []

    def numbers() -> Iterator[int]:
        for number in count():
            made.append((number, threading.current_thread()))
            yield number

    stream = read_ahead(numbers())
    assert [next(stream) for _time in range(3)] == [0, 1, 2]
    stream.close()  # type: ignore[attr-defined]
    assert len(made) <= 3 + READY_AT_MOST + 1
    assert {thread for _number, thread in made}.isdisjoint({threading.current_thread()})
    assert not any(thread.is_alive() for _number, thread in made)


def test_a_fault_is_raised_after_what_came_before_it() -> None:
    def broken() -> Iterator[int]:
        yield from (1, 2, 3, 4)
        raise LookupError("the fifth")

    stream = read_ahead(broken())
    assert [next(stream) for _time in range(4)] == [1, 2, 3, 4]
    with pytest.raises(LookupError, match="the fifth"):
        next(stream)


def test_the_reading_thread_speaks_the_language_of_the_caller() -> None:
    def words() -> Iterator[str]:
        yield gettext("customers")

    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert list(read_ahead(words())) == [gettext("customers")]
    with translation.override("zh-hans"):
        assert list(read_ahead(words())) == ["客户"]
