"""Retail domain for Testamur."""
