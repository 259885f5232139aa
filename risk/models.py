"""Notice board: Django looks here for models; each room owns its own."""

from risk.decisions.models import Campaign, Decision, ShadowDecision
from risk.intake.models import ImportedCustomer, ImportRun
from risk.policies.models import PolicyProof, PolicyStep, PolicyTrial, PolicyVersion
from risk.signals.models import CustomerSignals, Outcome

__all__ = [
    "Campaign",
    "CustomerSignals",
    "Decision",
    "ImportRun",
    "ImportedCustomer",
    "Outcome",
    "PolicyProof",
    "PolicyStep",
    "PolicyTrial",
    "PolicyVersion",
    "ShadowDecision",
]
