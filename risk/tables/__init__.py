"""The decision-table engine: FEEL cells in, one plain Python function with a full trace out. Pure.

Refuses to know customers, products, Django or the database. Source: OMG DMN 1.5 — unary tests and
S-FEEL (clause 9), decision tables and hit policies (clause 8), three-valued logic (clause 10.3.2).
"""
