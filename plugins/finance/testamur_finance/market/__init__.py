"""Arithmetic of prices: returns, volatility, loss functions and tests."""
