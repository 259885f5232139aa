"""Between plain values and the sealed columns of a bureau's record."""

from __future__ import annotations

import datetime as dt

from accounts.verification.facts import BureauProfile, Identity
from accounts.verification.models import BureauRecord
from backoffice.lib import crypto, ids

FIELDS = ("legal_name", "id_number", "phone")


def sealed_record(
    customer_id: int,
    bureau: str,
    record: BureauProfile,
    *,
    reported_at: dt.datetime,
    at: dt.datetime,
) -> BureauRecord:
    """A row not yet written."""
    public_id = ids.ordered("bur")
    return BureauRecord(
        public_id=public_id,
        customer_id=customer_id,
        bureau=bureau,
        reported_at=reported_at,
        recorded_at=at,
        **{
            f"{name}_sealed": crypto.seal(value, context=_context(name, public_id))
            for name in FIELDS
            if (value := getattr(record, name)) is not None
        },
    )


def opened(record: BureauRecord | None) -> Identity:
    """What the bureau has, in clear; empty without a record. Raises: crypto.SealBroken."""
    return Identity(*(_value(record, name) for name in FIELDS))


def _value(record: BureauRecord | None, name: str) -> str | None:
    sealed = getattr(record, f"{name}_sealed") if record else None
    if record is None or sealed is None:
        return None
    return crypto.unseal(sealed, context=_context(name, record.public_id))


def _context(name: str, public_id: str) -> str:
    return f"bureau_record.{name}:{public_id}"
