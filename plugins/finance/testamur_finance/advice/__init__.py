"""Arithmetic of advice: risk profile, allocation, walk-forward."""
