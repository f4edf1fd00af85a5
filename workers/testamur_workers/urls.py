"""How the broker is called: Celery and redis-py write the same socket differently."""

from __future__ import annotations

from urllib.parse import urlsplit

from testamur.settings import Settings
from testamur_workers.places import socket_path


def is_embedded(settings: Settings) -> bool:
    """True when the broker is our own."""
    return not settings.broker_url


def celery_url(settings: Settings) -> str:
    """URL of the broker as Celery reads it."""
    return settings.broker_url or f"redis+socket://{socket_path(settings)}?virtual_host=0"


def redis_url(settings: Settings) -> str:
    """URL of the broker as redis-py reads it."""
    return settings.broker_url or f"unix://{socket_path(settings)}?db=0"


def printable_url(settings: Settings) -> str:
    """URL of the broker without the password in it."""
    if is_embedded(settings):
        return f"unix://{socket_path(settings)}"
    parts = urlsplit(settings.broker_url)
    host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    return f"{parts.scheme}://{host}{parts.path}"
