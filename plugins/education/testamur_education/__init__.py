"""Education for Testamur."""
