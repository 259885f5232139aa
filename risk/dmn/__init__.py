"""Decision models in the OMG's open standard: DMN XML in, exact answers out. Pure: no Django.

Owns reading DMN 1.2 to 1.5 at conformance level 2 (decision requirements, decision tables with
every hit policy, literal expressions, business knowledge models and their invocation, S-FEEL) and
evaluating it. Refuses to know customers, policies and the database; refuses by name and place what
it does not support; runs no code from a model. The fast path for live policies is `risk.tables`.
Source: OMG DMN 1.5 — metamodel (clauses 6 to 8), S-FEEL (9), FEEL semantics (10). See docs/dmn.md.

In reading order: `facts` (types, models, errors), `limits`, `temporal` and `arithmetic` (values and
what operators make of them), `builtins` (functions), `syntax` (the tree), `lexer`, `scope`,
`calls`, `cursor`, `primaries` and `parser` (text to tree), `conformance` (values against types),
`hits` and `interpreter` (tree to value), `markup` and `faults` (XML to elements, and what is wrong
with them), `items`, `expressions`, `decision_tables`, `order` and `reading` (elements to a model),
`wire` (JSON), `services`; `batch` (many cases) and `tck` (the standard's test kit).
"""
