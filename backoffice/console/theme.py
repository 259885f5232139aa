"""How the console looks and what its sidebar holds."""

from __future__ import annotations

UNFOLD = {
    "SITE_TITLE": "Sluice",
    "SITE_HEADER": "Sluice",
}
