"""Notice board: Django looks here for models; each room owns its own."""

from risk.decisions.models import (
    Campaign,
    CampaignFailure,
    CampaignShard,
    Decision,
    ShadowDecision,
)
from risk.intake.models import ImportedCustomer, ImportRun
from risk.policies.models import (
    PolicyCase,
    PolicyProof,
    PolicyStep,
    PolicyTrial,
    PolicyVersion,
)
from risk.signals.models import CustomerSignals, Outcome
from risk.simulation.models import Backtest, BacktestPartition, Snapshot, SnapshotPartition

__all__ = [
    "Backtest",
    "BacktestPartition",
    "Campaign",
    "CampaignFailure",
    "CampaignShard",
    "CustomerSignals",
    "Decision",
    "ImportRun",
    "ImportedCustomer",
    "Outcome",
    "PolicyCase",
    "PolicyProof",
    "PolicyStep",
    "PolicyTrial",
    "PolicyVersion",
    "ShadowDecision",
    "Snapshot",
    "SnapshotPartition",
]
