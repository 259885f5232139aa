"""Policies: versioned decision models per product, from draft to live, approved by hash."""
