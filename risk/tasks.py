"""Notice board: Celery looks here for tasks; each room owns its own."""

from risk.decisions.tasks import continue_campaigns, run_campaign
from risk.signals.tasks import refresh_ages

__all__ = ["continue_campaigns", "refresh_ages", "run_campaign"]
