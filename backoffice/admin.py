"""Notice board: other people's models on our screens."""

from backoffice.console import others

__all__ = ["others"]
