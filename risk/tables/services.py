"""The room's front desk: what other rooms call.

Populations are compiled by `risk.tables.columns`, brought in at the first call: a web process
never pays for a frame library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from risk.tables.checks import check_model
from risk.tables.column_checks import check_columns, check_pair
from risk.tables.compiler import CompiledModel, compile_model
from risk.tables.masks import fired_rules
from risk.tables.wire import canonical, content_hash, model_from_json, model_to_json

if TYPE_CHECKING:
    from risk.tables.columns import ColumnModel, Flags
    from risk.tables.facts import Model

__all__ = [
    "CompiledModel",
    "canonical",
    "check_columns",
    "check_model",
    "check_pair",
    "compile_columns",
    "compile_model",
    "compile_pair",
    "content_hash",
    "fired_rules",
    "model_from_json",
    "model_to_json",
]


def compile_columns(*, model: Model, flags: Flags | None = None) -> ColumnModel:
    """Raises: InvalidModel with every fault. See `risk.tables.columns`."""
    from risk.tables import columns

    return columns.compile_columns(model, flags=flags)


def compile_pair(
    *, old: Model, new: Model, old_flags: Flags | None = None, new_flags: Flags | None = None
) -> ColumnModel:
    """Raises: InvalidModel with every fault of both. See `risk.tables.columns`."""
    from risk.tables import columns

    return columns.compile_pair(old, new, old_flags=old_flags, new_flags=new_flags)
