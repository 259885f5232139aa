"""What the year's people did, as the events a lender's systems would have reported. Pure.

Everybody's applications, scores and missed payments are there; the daily life of a few is told in
full, so that seeding stays quick. Six people in four hundred share one device.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from risk.demo.lives import DAY, DAYS, Asked, Life, minute_of
from risk.signals.given import GivenEvent

TOLD_IN_FULL_SHARE = 0.15
SHARING, OF_SO_MANY = 6, 400
MONTH = 30 * DAY
Told = tuple[int, str, dict[str, Any]]  # when, kind, fields


def happened(
    *, lives: Sequence[Life], seed: int, midnight: dt.datetime, before: dt.datetime
) -> list[tuple[dt.datetime, GivenEvent]]:
    """In order of time. `midnight` is the year's first; nothing lies at or after `before`."""
    found = []
    for number, life in enumerate(lives):
        # A lot of its own: the year's other draws stay as they are.
        random = Random(f"{seed}/{life.reference}")  # noqa: S311 — the same every time
        for count, (when, kind, fields) in enumerate(_told(life, random, _device(number, life))):
            moment = midnight + dt.timedelta(minutes=when, seconds=random.randrange(60))
            if moment < before:
                event_id = f"{life.reference}-{count:03}"
                event = GivenEvent(event_id, kind, moment, None, life.reference, fields)
                found.append((moment, event_id, event))
    return [(moment, event) for moment, _event_id, event in sorted(found, key=lambda one: one[:2])]


def _told(life: Life, random: Random, device: dict[str, str]) -> Iterator[Told]:
    asked = [event for event in life.events if isinstance(event, Asked)]
    if not asked:
        return
    before: Mapping[str, Any] = {}
    for event in asked:
        yield from _news(event, before, random, device)
        before = event.signals
    if random.random() < TOLD_IN_FULL_SHARE:
        yield from _daily_life(asked[0].when // DAY + 1, random, device)


def _news(
    event: Asked, before: Mapping[str, Any], random: Random, device: dict[str, str]
) -> Iterator[Told]:
    """What must have happened for the signals to be what they are now."""
    now = event.signals
    if now["score"] is not None and now["score"] != before.get("score"):
        yield event.when - 20, "score", {"score": now["score"]}
    if not before or now["applications_30d"] != before["applications_30d"]:
        amount = random.randrange(5, 100) * 100_000
        yield event.when - 1, "application", {"amount_cents": amount, "device": device}
    late, was_late = (int(each.get("months_late_now") or 0) for each in (now, before))
    amount = random.randrange(3, 30) * 10_000
    if late > was_late:
        fields = {"amount_cents": amount, "days_late": late * 30}
        yield event.when - 30, "repayment_missed", fields
    elif late < was_late:
        fields = {"amount_cents": amount * was_late, "days_late": was_late * 30}
        yield event.when - 30, "repayment_paid", fields


def _daily_life(first: int, random: Random, device: dict[str, str]) -> Iterator[Told]:
    day = first
    while day < DAYS:
        yield minute_of(random, day), "login", {"device": device}
        day += random.randrange(10, 60)
    for day in range(first, DAYS, 90):
        when = minute_of(random, day)
        share = random.randrange(2, 40) * 10_000
        yield when, "drawdown", {"amount_cents": share * 3}
        for month in (1, 2, 3):
            due = when + month * MONTH
            yield due, "repayment_due", {"amount_cents": share}
            yield due + random.randrange(0, 2 * DAY), "repayment_paid", {"amount_cents": share}


def _device(number: int, life: Life) -> dict[str, str]:
    is_shared = number % OF_SO_MANY < SHARING
    owner = f"ring-{number // OF_SO_MANY}" if is_shared else life.reference
    name = hashlib.blake2b(owner.encode(), digest_size=8).hexdigest()
    return {"platform": "android", "android_id": name}
