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
from risk.links.models import Device, HotThing, Link, LinkGroup, LinkRun, LinkSweep
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
    "HotThing",
    "ImportRun",
    "ImportedCustomer",
    "Link",
    "LinkGroup",
    "LinkRun",
    "LinkSweep",
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
