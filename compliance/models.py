"""Notice board: Django looks here for models; each room owns its own."""

from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from compliance.reasons.models import Reason
from compliance.switches.models import Switch

__all__ = ["Delivery", "LedgerEntry", "Notice", "Reason", "Switch"]
