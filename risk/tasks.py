"""Notice board: Celery looks here for tasks; each room owns its own."""

from risk.decisions.tasks import continue_campaigns, run_campaign
from risk.policies.tasks import activate_scheduled
from risk.signals.tasks import refresh_ages

__all__ = ["activate_scheduled", "continue_campaigns", "refresh_ages", "run_campaign"]
