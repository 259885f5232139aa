"""Policies as files that other programs open, and what differs between two of them. Pure.

Refuses to know products, reasons, signals, Django or the database: a model goes in or comes out.
Both kinds of file are written from the JSON form of a model (`risk.tables.wire`), so they carry
all that is hashed. Sources: OMG DMN 1.3 to 1.5 (clauses 6, 8 and 13), ECMA-376 part 1 (sheets).

In reading order: `facts` (faults, differences), `cells` (a cell as DMN says it), `dmn_writing`
and `dmn_reading`, `archives` (is this a workbook at all), `workbook_form` (what a sheet looks
like), `workbook_writing` and `workbook_reading`, `columns` and `differences`, `services`.
"""
