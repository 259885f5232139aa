"""The zero-setup default: PostgreSQL and Valkey from wheels, started on demand, left running.

Only for the demo, development and tests; production sets DATABASE_URL and BROKER_URL. Knows
nothing of Django, except for the backend in `postgresql/`. Nothing listens on the network:
sockets live in a private 0700 folder, and that folder is the access control.
"""
