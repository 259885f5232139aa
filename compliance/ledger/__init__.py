"""The ledger: who did what to what, when and why. Rows are added and never changed.

Refuses to know what the actions mean; every room writes its own. Personal data is not allowed in.
"""
