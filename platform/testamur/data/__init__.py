"""Specification to table: read, split, encode (polars, numpy)."""
