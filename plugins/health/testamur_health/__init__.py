"""Health domain for Testamur."""
