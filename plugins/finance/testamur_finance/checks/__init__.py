"""The checks of the finance domain, each a question with golden cases."""
