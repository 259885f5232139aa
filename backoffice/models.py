"""Notice board: Django looks here for models; each room owns its own."""

from backoffice.api.models import IdempotentRequest

__all__ = ["IdempotentRequest"]
