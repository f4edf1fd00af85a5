"""Findings to pages: compose, charts, render, dossier, seal (the only room that knows Jinja2)."""
