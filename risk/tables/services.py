"""The room's front desk: what other rooms call."""

from __future__ import annotations

from risk.tables.checks import check_model
from risk.tables.compiler import CompiledModel, compile_model
from risk.tables.wire import canonical, content_hash, model_from_json, model_to_json

__all__ = [
    "CompiledModel",
    "canonical",
    "check_model",
    "compile_model",
    "content_hash",
    "model_from_json",
    "model_to_json",
]
