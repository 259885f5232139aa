"""The decision-table engine: FEEL cells in, one plain Python function with a full trace out. Pure.

Refuses to know customers, products, Django or the database. Source: OMG DMN 1.5 — decision tables
and hit policies (clause 8), unary tests and S-FEEL (clause 9), three-valued logic (clause 10.3).

In reading order: `facts` (tables and outcomes), `lexer` and `parser` (text to tree), `syntax` (the
tree and its meaning), `checks` (what is wrong with a model), `spans` (where a tree holds), `masks`
(sets of rules as bits), `outputs` and `hits` (what a table gives; what hit policies make of it),
`compiler`, `axes`, `coverage` and `analysis` (what is suspicious about a sound table), `wire` (JSON
and the content hash), `services`.

Over populations: `regions` (a cell in its one plain form), `column_plan`, `column_checks`, then
with frames `column_leaves` (a cell over its column), `column_answers` (what tables say),
`column_stages` (all of it in the order of the work) and `columns`.
"""
