"""A Django database backend that starts the embedded PostgreSQL on the first connection."""
