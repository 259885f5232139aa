"""Which of the things in two orders were moved: as few as explain the second order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping


def moved(partner: Mapping[int, int]) -> set[int]:
    """New places whose partners are out of order. `partner` is new place to old place.

    Everything outside the longest increasing run of old places; found by patience sorting.
    """
    news = sorted(partner)
    tops: list[int] = []  # the smallest old place a run of each length ends with
    ends: list[int] = []  # and the index in `news` of that end
    before: list[int] = []  # for each, the index of the one before it in its run
    for index, new in enumerate(news):
        length = bisect_left(tops, partner[new])
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [partner[new]]
        ends[length : length + 1] = [index]
    still: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        still.add(news[index])
        index = before[index]
    return set(news) - still
