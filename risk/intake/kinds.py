"""The kinds of files that can be imported."""

from __future__ import annotations

from risk.intake import customers
from risk.intake.customer_rows import CustomerReader
from risk.intake.models import ImportKind
from risk.intake.services import Kind

CUSTOMERS = Kind(ImportKind.CUSTOMERS, CustomerReader, customers.write)
