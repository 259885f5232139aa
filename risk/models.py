"""Notice board: Django looks here for models; each room owns its own."""

from risk.decisions.models import (
    Campaign,
    CampaignFailure,
    CampaignShard,
    Decision,
    ShadowDecision,
)
from risk.events.models import Event, EventKey
from risk.intake.models import ImportedCustomer, ImportRun
from risk.links.models import Device, Link, LinkGroup
from risk.policies.models import (
    PolicyCase,
    PolicyProof,
    PolicyStep,
    PolicyTrial,
    PolicyVersion,
)
from risk.signals.models import CustomerSignals, Outcome, Recheck
from risk.simulation.models import Backtest, BacktestPartition, Snapshot, SnapshotPartition

__all__ = [
    "Backtest",
    "BacktestPartition",
    "Campaign",
    "CampaignFailure",
    "CampaignShard",
    "CustomerSignals",
    "Decision",
    "Device",
    "Event",
    "EventKey",
    "ImportRun",
    "ImportedCustomer",
    "Link",
    "LinkGroup",
    "Outcome",
    "PolicyCase",
    "PolicyProof",
    "PolicyStep",
    "PolicyTrial",
    "PolicyVersion",
    "Recheck",
    "ShadowDecision",
    "Snapshot",
    "SnapshotPartition",
]
