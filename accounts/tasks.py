"""Notice board: Celery looks here for tasks; each room owns its own."""

from accounts.access.tasks import lift_ended_restrictions
from accounts.verification.tasks import ask_due_inquiries

__all__ = ["ask_due_inquiries", "lift_ended_restrictions"]
