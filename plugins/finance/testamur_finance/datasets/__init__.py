"""The datasets of the finance domain."""
