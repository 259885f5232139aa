"""Notice board: Django looks here for the console's screens; each room owns its own."""

from risk.decisions import admin as decisions
from risk.decisions import campaign_admin as campaigns
from risk.decisions import tiles as decisions_tiles
from risk.decisions import trial_admin
from risk.events import admin as events
from risk.intake import admin as intake
from risk.links import admin as links
from risk.links import tiles as links_tiles
from risk.policies import admin as policies
from risk.policies import tiles as policies_tiles
from risk.signals import admin as signals
from risk.signals import recheck_admin
from risk.simulation import admin as simulation

__all__ = [
    "campaigns",
    "decisions",
    "decisions_tiles",
    "events",
    "intake",
    "links",
    "links_tiles",
    "policies",
    "policies_tiles",
    "recheck_admin",
    "signals",
    "simulation",
    "trial_admin",
]
