"""Whether some rules leave nothing uncovered: a search over the axes with sets of rules as bits.

Place by place the set of rules that still hold shrinks; empty, a customer is found whom none of
them fits. Equal sets at one depth are looked at once, and a rule that holds on all axes to come
ends a branch. The question is hard in general, so the search counts its steps and gives up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from risk.tables.axes import Axis

STEPS_AT_MOST = 3_000_000
_SHARE = 8  # a question takes at most one such part of the steps left: a hard one starves none


class OutOfSteps(Exception):
    """The answer was not found within the budget."""


class Coverage:
    """Questions about one table's axes, out of one budget. `steps` counts places looked at."""

    def __init__(self, axes: Sequence[Axis], *, budget: int = STEPS_AT_MOST) -> None:
        self.axes = axes
        self.budget = budget
        self.steps = 0
        rules = len(axes[0].held) if axes else 0
        self.all_rules = (1 << rules) - 1
        self._weight = 1 + (rules >> 10)  # long sets cost more to look at
        self._stop = budget

    def gap(self) -> list[int] | None:
        """A place on every axis where no rule holds, or None. Raises: OutOfSteps."""
        within = [[range(len(axis.masks))] for axis in self.axes]
        return self._uncovered(self.all_rules, within)

    def beyond(self, rule: int, *, by: int) -> list[int] | None:
        """Where `rule` holds and none of the rules `by` (as bits); None when they cover it.

        Raises: OutOfSteps.
        """
        return self._uncovered(by & ~(1 << rule), [axis.held[rule] for axis in self.axes])

    def touching(self, rule: int) -> int:
        """The rules that hold somewhere where `rule` does, itself included, as bits.

        Exact: axes are independent, so two rules meet when they meet on every axis.
        """
        self._begin()
        found = self.all_rules
        for axis in self.axes:
            here = 0
            for place in axis.holding(rule):
                self._step()
                here |= axis.masks[place]
                if here & found == found:
                    break
            found &= here
        return found

    def covering(self, rule: int) -> int:
        """The rules that hold wherever `rule` does, each by itself, as bits."""
        self._begin()
        found = self.all_rules
        for axis in self.axes:
            for place in axis.holding(rule):
                self._step()
                found &= axis.masks[place]
        return found

    def _uncovered(self, alive: int, within: Sequence[Iterable[range]]) -> list[int] | None:
        self._begin()
        parts = [(index, list(ranges)) for index, ranges in enumerate(within)]
        parts.sort(key=lambda part: sum(map(len, part[1])))
        if any(not ranges for _index, ranges in parts):
            return None
        to_come = [self.all_rules]
        for index, _ranges in reversed(parts):
            to_come.append(to_come[-1] & self.axes[index].everywhere)
        to_come.reverse()
        chosen = [ranges[0][0] for _index, ranges in parts]
        if not _Descent(self, parts, to_come, chosen).found(0, alive):
            return None
        by_axis = {index: place for (index, _ranges), place in zip(parts, chosen, strict=True)}
        return [by_axis[index] for index in range(len(self.axes))]

    def _begin(self) -> None:
        left = self.budget - self.steps
        self._stop = self.steps + -(-left // _SHARE)

    def _step(self) -> None:
        if self.steps + self._weight > self._stop:
            raise OutOfSteps
        self.steps += self._weight


class _Descent:
    """One search: `chosen` is the way down, of which only the part above is settled."""

    def __init__(
        self,
        coverage: Coverage,
        parts: list[tuple[int, list[range]]],
        to_come: list[int],
        chosen: list[int],
    ) -> None:
        self.coverage, self.parts, self.to_come, self.chosen = coverage, parts, to_come, chosen
        self.seen: set[tuple[int, int]] = set()

    def found(self, depth: int, alive: int) -> bool:
        if not alive:
            return True
        if alive & self.to_come[depth] or (depth, alive) in self.seen:
            return False
        self.seen.add((depth, alive))
        for left, place in self._branches(depth, alive):
            self.chosen[depth] = place
            if self.found(depth + 1, left):
                return True
        return False

    def _branches(self, depth: int, alive: int) -> list[tuple[int, int]]:
        """The different sets left after this axis, the smallest first, each with a place."""
        index, ranges = self.parts[depth]
        masks = self.coverage.axes[index].masks
        places: dict[int, int] = {}
        for part in ranges:
            for place in part:
                self.coverage._step()
                places.setdefault(alive & masks[place], place)
                if 0 in places:
                    return [(0, places[0])]
        return sorted(places.items(), key=lambda branch: branch[0].bit_count())
