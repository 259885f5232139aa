"""Who acts, as every service is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ActorKind(StrEnum):
    STAFF = "staff"
    CLIENT = "client"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts. `id` is the staff user's id, the API client's id, or the system part's name."""

    kind: ActorKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


def staff(user_id: int) -> Actor:
    return Actor(ActorKind.STAFF, str(user_id))


def client(client_id: str) -> Actor:
    return Actor(ActorKind.CLIENT, client_id)


def system(part: str) -> Actor:
    """`part` is the room or command that acts by itself, such as `access` or `import`."""
    return Actor(ActorKind.SYSTEM, part)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done, for writing many at once; `subject` is (kind, public id)."""

    action: str
    subject: tuple[str, str]
    detail: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
