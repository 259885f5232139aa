"""Notice board: Celery looks here for tasks; each room owns its own."""

from risk.decisions.tasks import continue_campaigns, follow_identity, run_campaign
from risk.signals.tasks import refresh_ages

__all__ = ["continue_campaigns", "follow_identity", "refresh_ages", "run_campaign"]
