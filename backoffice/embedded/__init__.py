"""The zero-setup default: PostgreSQL and Valkey from wheels, started on demand, left running.

Only for the demo, development and tests. Knows nothing of Django. Sockets live in a private
0700 folder and nothing listens on the network: that folder is the access control.
"""
