"""The governed catalogue of reasons: why access is narrowed, said to customers and operators.

Refuses to know who is restricted; it owns the words, the level, the remedy and the legal basis.
"""
