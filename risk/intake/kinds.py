"""The kinds of files that can be imported."""

from __future__ import annotations

from risk.intake import customers, events
from risk.intake.customer_rows import CustomerReader
from risk.intake.event_rows import EventReader
from risk.intake.models import ImportKind
from risk.intake.services import Kind

CUSTOMERS = Kind(
    ImportKind.CUSTOMERS, CustomerReader, customers.write, customers.check, customers.prepare
)
EVENTS = Kind(ImportKind.EVENTS, EventReader, events.write, events.check, events.prepare)
