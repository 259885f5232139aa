"""The ground floor: settings, the console shell, the API's ground rules and small libraries.

Imports no other app; names them only by dotted string, as Django does.
"""
