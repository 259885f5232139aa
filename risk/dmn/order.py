"""Putting things after what they require."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter


def in_order(requires: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names so that each comes after those it requires, and a circle that makes it impossible.

    One of the two is empty. A circle starts and ends with the same name, read as "requires".
    """
    try:
        return tuple(TopologicalSorter(requires).static_order()), ()
    except CycleError as error:
        # graphlib tells it as "is required by".
        return (), tuple(reversed(error.args[1]))


def needed(names: Sequence[str], requires: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything these require, near and far, and themselves."""
    found, waiting = set(names), list(names)
    while waiting:
        for required in requires[waiting.pop()]:
            if required not in found:
                found.add(required)
                waiting.append(required)
    return found
