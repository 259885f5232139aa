"""Notice board: Django looks here for models; each room owns its own."""

from accounts.access.models import Access, Product, Restriction
from accounts.customers.models import Consent, Customer
from accounts.staff.models import StaffSession, StaffUser
from accounts.verification.inquiry_models import Inquiry
from accounts.verification.models import (
    BureauRecord,
    IdentityCase,
    IdentityCheck,
    IdentityVerdict,
    Verification,
)

__all__ = [
    "Access",
    "BureauRecord",
    "Consent",
    "Customer",
    "IdentityCase",
    "IdentityCheck",
    "IdentityVerdict",
    "Inquiry",
    "Product",
    "Restriction",
    "StaffSession",
    "StaffUser",
    "Verification",
]
