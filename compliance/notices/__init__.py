"""What customers are told: the row first, delivery after commit by a worker.

At most one notice per cause, recipient and template, because a unique key says so. Refuses to
know customers: a recipient is an opaque id, and the address is asked for when sending.
"""
