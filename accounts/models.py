"""Notice board: Django looks here for models; each room owns its own."""

from accounts.access.models import Access, Product, Restriction
from accounts.customers.models import Consent, Customer
from accounts.staff.models import StaffSession, StaffUser
from accounts.verification.models import BureauRecord, IdentityCheck, Verification

__all__ = [
    "Access",
    "BureauRecord",
    "Consent",
    "Customer",
    "IdentityCheck",
    "Product",
    "Restriction",
    "StaffSession",
    "StaffUser",
    "Verification",
]
