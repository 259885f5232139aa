"""The decision-table engine: FEEL cells in, one plain Python function with a full trace out. Pure.

Refuses to know customers, products, Django or the database. Source: OMG DMN 1.5 — decision tables
and hit policies (clause 8), unary tests and S-FEEL (clause 9), three-valued logic (clause 10.3).

In reading order: `facts` (tables and outcomes), `lexer` and `parser` (text to tree), `syntax` (the
tree and its meaning), `checks` (what is wrong with a model), `spans` and `hits` (where a tree
holds; what hit policies make of it), `compiler`, `axes`, `coverage` and `analysis` (what is
suspicious about a sound table), `wire` (JSON and the content hash), `services`.
"""
