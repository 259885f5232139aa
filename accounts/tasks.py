"""Notice board: Celery looks here for tasks; each room owns its own."""

from accounts.access.tasks import lift_ended_restrictions

__all__ = ["lift_ended_restrictions"]
