"""Notice board: Django looks here for models; each room owns its own."""

from risk.decisions.models import Campaign, CampaignFailure, CampaignShard, Decision
from risk.intake.models import ImportedCustomer, ImportRun
from risk.policies.models import PolicyCase, PolicyVersion
from risk.signals.models import CustomerSignals, Outcome

__all__ = [
    "Campaign",
    "CampaignFailure",
    "CampaignShard",
    "CustomerSignals",
    "Decision",
    "ImportRun",
    "ImportedCustomer",
    "Outcome",
    "PolicyCase",
    "PolicyVersion",
]
