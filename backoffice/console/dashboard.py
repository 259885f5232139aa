"""The home page: tiles that rooms register, shown to those who may see what they count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from backoffice.console.tiles import Content, Tile

_TILES: list[Tile] = []


def register_tile(
    *,
    title: Any,
    explanation: Any,
    order: int,
    permission: str,
    build: Callable[[HttpRequest], Content | None],
    columns: int = 2,
) -> None:
    """Call it from a room's `admin.py`. `build` may return None: nothing to show just now."""
    _TILES.append(Tile(title, explanation, order, permission, build, columns))


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK."""
    return {**context, "tiles": _shown(request), "is_demo": settings.IS_DEMO}


def _shown(request: HttpRequest) -> list[dict[str, Any]]:
    shown = []
    for tile in sorted(_TILES, key=lambda tile: tile.order):
        if tile.permission and not request.user.has_perm(tile.permission):
            continue
        content = tile.build(request)
        if content is not None:
            shown.append({"tile": tile, "content": content})
    return shown
