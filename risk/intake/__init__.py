"""Files in: customers with their signals and outcomes, one CSV row each, any number of rows.

A mapping (TOML) says which column becomes what. Every row is written or reported, and a killed
import goes on at the right byte. Refuses to know what a policy makes of the values. It stands
on the top floor because one row carries what three rooms below keep.
"""
