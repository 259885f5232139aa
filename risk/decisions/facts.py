"""A decision as its callers see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.access.facts import Change


@dataclass(frozen=True, slots=True)
class Decided:
    """The recorded decision and what it did to access."""

    id: int
    public_id: str
    policy_hash: str
    currency: str
    answer: Mapping[str, Any]  # as stored, parsed
    decided_at: dt.datetime
    change: Change


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored answer beside the one recomputed from the stored facts and hash."""

    public_id: str
    stored: str
    recomputed: str

    @property
    def is_equal(self) -> bool:
        return self.stored == self.recomputed


@dataclass(frozen=True, slots=True)
class StateOutcomes:
    """Customers a campaign put in one state, how many outcomes are known, how many happened."""

    state: str
    customers: int
    known: int
    happened: int


class CampaignState(StrEnum):
    """How a campaign stands. Stopped: by itself, because what it applied is no longer in force."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


CAMPAIGN_MOVES = {
    CampaignState.RUNNING: (
        CampaignState.PAUSED, CampaignState.FINISHED, CampaignState.CANCELLED,
        CampaignState.STOPPED,
    ),
    CampaignState.PAUSED: (CampaignState.RUNNING, CampaignState.CANCELLED),
}  # fmt: skip


class Turn(StrEnum):
    """What a worker found when it asked for the next batch of a campaign."""

    DECIDED = "decided"
    WAIT = "wait"  # nothing is due yet: the campaign is slowed down
    TAKEN = "taken"  # others have everything in hand
    OVER = "over"
