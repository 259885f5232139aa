"""What the home page says about links: the things shared by the most customers."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.console.dashboard import Tile, register_tile
from risk.links import queries
from risk.links.facts import LinkKind
from risk.links.words import KIND_WORDS

THINGS_SHOWN = 5


def hot_things() -> dict[str, Any]:
    things = queries.hot_things(limit=THINGS_SHOWN)
    devices = queries.devices_by_key(keys=[bytes(one.key) for one in things])
    return {
        "rows": [
            {
                "label": KIND_WORDS[LinkKind(one.kind)],
                "value": f"{one.customers:,}",
                "href": _address(devices.get(bytes(one.key))),
            }
            for one in things
        ],
        "empty": _("None."),
    }


def _address(device_id: int | None) -> str:
    return reverse("admin:risk_device_change", args=[device_id]) if device_id else ""


register_tile(
    Tile(
        "hot_things",
        60,
        "risk.view_device",
        _("Shared by many"),
        _("Things with more customers than links are followed through, as of last night."),
        "console/tile_list.html",
        hot_things,
    )
)
