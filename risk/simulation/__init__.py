"""Simulation: frozen copies of all customers (snapshots), and what a policy would do to them.

A backtest compares two versions on one snapshot and writes nothing about any customer. It refuses
to know how access is stored or told: it asks the same rules that decide. Nothing here decides.
"""
