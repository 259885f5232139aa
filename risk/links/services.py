"""Writing what customers were seen with: devices, phones, addresses and the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from backoffice.lib import bulk, clock, ids
from backoffice.lib.errors import Invalid
from backoffice.lib.transactions import step
from risk.links.facts import LinkKind, Sighting
from risk.links.keys import KEY_BYTES, device_key, platform_of

_TIMES_AT_MOST = 2**31 - 1
_SEEN = (
    "first_seen_at = LEAST(stored.first_seen_at, excluded.first_seen_at), "
    "last_seen_at = GREATEST(stored.last_seen_at, excluded.last_seen_at)"
)
_IS_NEWS = (
    "stored.first_seen_at > excluded.first_seen_at OR stored.last_seen_at < excluded.last_seen_at"
)
_LINK_COLUMNS = {
    "customer_id": "bigint", "kind": "text", "key": "bytea", "times": "integer",
    "first_seen_at": "timestamptz", "last_seen_at": "timestamptz",
}  # fmt: skip
_DEVICE_COLUMNS = {
    "fingerprint": "bytea", "public_id": "text", "platform": "text",
    "first_seen_at": "timestamptz", "last_seen_at": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Seen:
    """One edge, with everything one batch says about it."""

    times: int
    first: dt.datetime
    last: dt.datetime

    def and_at(self, moment: dt.datetime) -> _Seen:
        return _Seen(self.times + 1, min(self.first, moment), max(self.last, moment))

    @classmethod
    def once(cls, moment: dt.datetime) -> _Seen:
        return cls(1, moment, moment)


@step
def see_many(*, sightings: Sequence[Sighting], at: dt.datetime) -> list[int | None]:
    """Record sightings, in any order of time. Answers in order: the device's row id, or None.

    Effects: two statements whatever the number. They lock edges by customer, kind and key, then
    devices by key: batches that meet wait for each other and never in a circle; of two that bring
    the same new device one makes it. Late news moves the first time, not the last.
    Raises: Invalid at the first sighting that cannot be; nothing is written then.
    """
    keys = [_key_of(sighting, at) for sighting in sightings]
    _write_links(_edges(sightings, keys))
    devices = _write_devices(sightings, keys)
    return [devices.get(key) for key in keys]


@step
def note_many(*, sightings: Sequence[Sighting], at: dt.datetime) -> None:
    """The same for what stands on file rather than happened: a contact counts once more only when
    it was on file before or after everything known of it, so that looking again adds nothing.
    """
    keys = [_key_of(sighting, at) for sighting in sightings]
    _write_links(_edges(sightings, keys), only_where=f" WHERE {_IS_NEWS}")


def _key_of(sighting: Sighting, at: dt.datetime) -> bytes:
    if clock.lies_ahead(sighting.at, at=at):
        raise Invalid(_("Nothing can have been seen in the future."), code="seen_ahead")
    if sighting.kind is LinkKind.DEVICE:
        return device_key(sighting.attributes)
    if sighting.key is None or len(sighting.key) != KEY_BYTES:
        raise Invalid(_("Not a usable contact."), code="contact_invalid")
    return sighting.key


def _edges(
    sightings: Sequence[Sighting], keys: Sequence[bytes]
) -> dict[tuple[int, str, bytes], _Seen]:
    edges: dict[tuple[int, str, bytes], _Seen] = {}
    for sighting, key in zip(sightings, keys, strict=True):
        edge = (sighting.customer_id, sighting.kind.value, key)
        known = edges.get(edge)
        edges[edge] = known.and_at(sighting.at) if known else _Seen.once(sighting.at)
    return edges


def _write_links(edges: Mapping[tuple[int, str, bytes], _Seen], *, only_where: str = "") -> None:
    bulk.insert(
        table="risk_link",
        columns=_LINK_COLUMNS,
        rows=[
            (*edge, seen.times, seen.first, seen.last)
            for edge, seen in sorted(edges.items(), key=lambda item: item[0])
        ],
        on_conflict="(customer_id, kind, key) DO UPDATE SET times = "
        f"LEAST(stored.times::bigint + excluded.times, {_TIMES_AT_MOST}), {_SEEN}{only_where}",
    )


def _write_devices(sightings: Sequence[Sighting], keys: Sequence[bytes]) -> dict[bytes, int]:
    """Row ids by key."""
    seen: dict[bytes, _Seen] = {}
    platforms: dict[bytes, str] = {}
    for sighting, key in zip(sightings, keys, strict=True):
        if sighting.kind is LinkKind.DEVICE:
            seen[key] = seen[key].and_at(sighting.at) if key in seen else _Seen.once(sighting.at)
            platforms[key] = platform_of(sighting.attributes) or platforms.get(key, "")
    found = bulk.insert(
        table="risk_device",
        columns=_DEVICE_COLUMNS,
        rows=[
            (key, ids.opaque("dev"), platforms[key], each.first, each.last)
            for key, each in sorted(seen.items(), key=lambda item: item[0])
        ],
        on_conflict=f"(fingerprint) DO UPDATE SET {_SEEN}, "
        "platform = CASE stored.platform WHEN '' THEN excluded.platform ELSE stored.platform END",
        returning="fingerprint, id",
    )
    return {bytes(key): device_id for key, device_id in found}
