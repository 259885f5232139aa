"""A policy version as deciders see it."""

from __future__ import annotations

from dataclasses import dataclass

from risk.tables.facts import CellError
from risk.tables.services import CompiledModel

RESTRICTIONS = "restrictions"
TERMS = "terms"


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """The version in force for one product, ready to evaluate."""

    id: int
    public_id: str
    number: int
    content_hash: str
    compiled: CompiledModel


@dataclass(frozen=True, slots=True)
class Review:
    """What was found in a model before it moves: errors stop it, warnings are shown to people."""

    errors: tuple[CellError, ...]
    warnings: tuple[CellError, ...] = ()
