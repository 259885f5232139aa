"""Notice board: Celery looks here for tasks; each room owns its own."""

from compliance.notices.tasks import deliver_due_notices

__all__ = ["deliver_due_notices"]
