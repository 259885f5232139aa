"""The room's front desk: models out to files, in from files, and compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from risk.exchange.differences import differences
from risk.exchange.dmn_reading import read_dmn
from risk.exchange.dmn_writing import write_dmn
from risk.exchange.facts import Fault, FileRefused, ModelDifference
from risk.exchange.workbook_reading import read_workbook
from risk.exchange.workbook_writing import write_workbook
from risk.tables.facts import CellError, Model
from risk.tables.services import check_model, content_hash

__all__ = [
    "FileRefused",
    "differences",
    "dmn_from_model",
    "model_from_dmn",
    "model_from_workbook",
    "workbook_from_model",
]


def dmn_from_model(*, model: Model, name: str) -> bytes:
    """DMN XML that reads back as exactly this model.

    Raises: FileRefused with every fault of the model; a file other programs cannot use is none.
    """
    errors = check_model(model)
    if errors:
        raise FileRefused(_as_fault(error) for error in errors)
    raw = write_dmn(model, name=name)
    # Names that FEEL gives another meaning, or that are taken twice, come out only here.
    if content_hash(read_dmn(raw=raw)) != content_hash(model):
        raise FileRefused([Fault("", "not_the_same", "It cannot be said in DMN without loss.")])
    return raw


def model_from_dmn(*, raw: bytes) -> Model:
    """Raises: FileRefused with every fault. The model may still have faults of its own."""
    return read_dmn(raw=raw)


def workbook_from_model(*, model: Model) -> bytes:
    """An .xlsx file of any model, unfinished ones too.

    Raises: FileRefused (a text no cell can hold, a row of another width than its table).
    """
    return write_workbook(model)


def model_from_workbook(*, raw: bytes) -> Model:
    """Raises: FileRefused with every fault. The model may still have faults of its own."""
    return read_workbook(raw=raw)


def difference_as_json(*, found: ModelDifference) -> dict[str, Any]:
    """Only what differs: equal tables are named, equal rows and columns are left out."""
    return {
        "is_same": found.is_same,
        "properties": [asdict(change) for change in found.properties],
        "tables": [
            {
                "name": table.name,
                "change": table.change,
                "count": table.count,
                "properties": [asdict(change) for change in table.properties],
                "columns": [column.name for column in table.columns],
                "changed_columns": [asdict(column) for column in table.columns if column.differs],
                "rows": [asdict(row) for row in table.rows if row.differs],
            }
            for table in found.tables
        ],
    }


def _as_fault(error: CellError) -> Fault:
    rule = "" if error.rule is None else f", rule {error.rule + 1}"
    column = "" if error.column is None else f", column {error.column + 1}"
    place = f"{error.table}{rule}{column}"
    return Fault(place, error.code, error.message, error.params)
