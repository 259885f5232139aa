"""Notice board: Celery looks here for tasks; each room owns its own."""

from backoffice.api.tasks import forget_old_requests

__all__ = ["forget_old_requests"]
