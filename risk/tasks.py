"""Notice board: Celery looks here for tasks; each room owns its own."""

from risk.decisions.tasks import (
    continue_campaigns,
    follow_identity,
    recheck_customers,
    run_campaign,
)
from risk.events.tasks import make_months_ahead, set_old_months_aside
from risk.policies.tasks import activate_scheduled
from risk.signals.tasks import refresh_ages
from risk.simulation.tasks import (
    continue_abandoned,
    remove_old_snapshots,
    run_backtest,
    take_snapshot,
)

__all__ = [
    "activate_scheduled",
    "continue_abandoned",
    "continue_campaigns",
    "follow_identity",
    "make_months_ahead",
    "recheck_customers",
    "refresh_ages",
    "remove_old_snapshots",
    "run_backtest",
    "run_campaign",
    "set_old_months_aside",
    "take_snapshot",
]
