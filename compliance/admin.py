"""Notice board: Django looks here for the console's screens; each room owns its own."""

from compliance.ledger import admin as ledger
from compliance.notices import admin as notices
from compliance.reasons import admin as reasons
from compliance.switches import admin as switches

__all__ = ["ledger", "notices", "reasons", "switches"]
