"""Notice board: Django looks here for the console's screens; each room owns its own."""

from accounts.access import admin as access
from accounts.access import tiles as access_tiles
from accounts.customers import admin as customers
from accounts.staff import admin as staff
from accounts.staff import tiles as staff_tiles
from accounts.verification import admin as verification
from accounts.verification import inquiry_admin as inquiries
from accounts.verification import tiles as verification_tiles

__all__ = [
    "access",
    "access_tiles",
    "customers",
    "inquiries",
    "staff",
    "staff_tiles",
    "verification",
    "verification_tiles",
]
