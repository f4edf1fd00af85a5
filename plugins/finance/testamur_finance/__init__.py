"""Finance for Testamur."""
