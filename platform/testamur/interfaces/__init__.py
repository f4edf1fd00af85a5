"""Thin callers: the command line and the Python interface."""
