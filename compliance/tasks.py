"""Notice board: Celery looks here for tasks; each room owns its own."""
