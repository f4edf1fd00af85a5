"""Celery app, supervisor, runner, device slots and the embedded broker."""
