"""Decisions: one recorded answer per request, with everything needed to recompute it."""
