"""Notice board: Django looks here for the console's screens; each room owns its own."""
