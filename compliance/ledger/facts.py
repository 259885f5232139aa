"""Who acts, as every service is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
