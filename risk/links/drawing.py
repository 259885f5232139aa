"""Where the neighbourhood's picture has what: pure geometry, for a template to draw.

The customer stands in the middle, neighbours on a ring around, those a hop further on an outer
ring near the one that leads to them. Units: of the picture's own view box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from risk.links.facts import Neighbour

WIDTH, HEIGHT = 720, 430
_NEAR_RING, _FAR_RING = (165, 105), (300, 178)
MARK = 13  # half a mark's width
_NAME_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """One neighbour's place, and the line to who leads there."""

    neighbour: Neighbour
    x: int
    y: int
    from_x: int
    from_y: int

    @property
    def name(self) -> str:
        return short_name(self.neighbour.public_id)

    @property
    def label_y(self) -> int:
        return self.y + MARK + 13

    @property
    def diamond(self) -> str:
        """The corners of a square on its tip: who is shut out has another shape, not only
        another colour."""
        x, y, half = self.x, self.y, MARK + 2
        return f"{x},{y - half} {x + half},{y} {x},{y + half} {x - half},{y}"


def short_name(public_id: str) -> str:
    """What is enough of an opaque id to tell two on one picture apart."""
    return public_id.partition("_")[2][:_NAME_LENGTH]


def marks(neighbours: Sequence[Neighbour]) -> list[Mark]:
    """In the order given; nobody lies on another's place."""
    near = [one for one in neighbours if one.hops == 1]
    placed = {one.customer_id: _angle(place, len(near)) for place, one in enumerate(near)}
    far = [one for one in neighbours if one.hops > 1]
    # By the angle of who leads there, so that lines seldom cross.
    around = sorted(far, key=lambda one: placed[one.via])
    first = placed[around[0].via] if around else 0.0
    angles = {
        one.customer_id: first + _angle(place, len(around)) for place, one in enumerate(around)
    }
    return [_mark(one, placed, angles) for one in neighbours]


def _mark(one: Neighbour, near: dict[int, float], far: dict[int, float]) -> Mark:
    if one.hops == 1:
        return Mark(one, *_place(near[one.customer_id], _NEAR_RING), WIDTH // 2, HEIGHT // 2)
    via = _place(near[one.via], _NEAR_RING)
    return Mark(one, *_place(far[one.customer_id], _FAR_RING), *via)


def _angle(place: int, count: int) -> float:
    return 2 * math.pi * place / max(count, 1)


def _place(angle: float, ring: tuple[int, int]) -> tuple[int, int]:
    """Beginning at the right, clockwise."""
    return (
        round(WIDTH / 2 + ring[0] * math.cos(angle)),
        round(HEIGHT / 2 + ring[1] * math.sin(angle)),
    )
