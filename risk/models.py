"""Notice board: Django looks here for models; each room owns its own."""

from risk.decisions.models import Campaign, Decision
from risk.intake.models import ImportedCustomer, ImportRun
from risk.policies.models import PolicyCase, PolicyVersion
from risk.signals.models import CustomerSignals, Outcome

__all__ = [
    "Campaign",
    "CustomerSignals",
    "Decision",
    "ImportRun",
    "ImportedCustomer",
    "Outcome",
    "PolicyCase",
    "PolicyVersion",
]
