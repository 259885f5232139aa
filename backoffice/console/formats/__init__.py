"""Dates and numbers in both languages: the same short, sortable form on every screen."""
