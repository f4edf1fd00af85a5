"""Arithmetic of credit decisions: scorecards, reasons, recourse, alternatives."""
