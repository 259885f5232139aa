"""A policy version as deciders see it."""

from __future__ import annotations

from dataclasses import dataclass

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
