"""Geometry of the charts: pure functions from numbers to frozen records, drawn by the templates."""
