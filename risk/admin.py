"""Notice board: Django looks here for the console's screens; each room owns its own."""

from risk.decisions import admin as decisions
from risk.intake import admin as intake
from risk.policies import admin as policies
from risk.signals import admin as signals

__all__ = ["decisions", "intake", "policies", "signals"]
