"""Jinja2 templates of the reports, found with PackageLoader."""
