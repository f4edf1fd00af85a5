"""A connection to the broker that gives up quickly instead of hanging a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from testamur.contracts.errors import BrokerUnavailable, ConfigurationError, Problem
from testamur.settings import Settings
from testamur_workers.urls import is_embedded, printable_url, redis_url

if TYPE_CHECKING:
    from redis import Redis

CONNECT_TIMEOUT_S = 1.0


def connect(settings: Settings, *, timeout_s: float = 2.0) -> Redis:
    """A redis-py client; nothing is sent yet.

    Args:
        settings: Where the broker is.
        timeout_s: Longest wait for an answer.

    Raises:
        ConfigurationError: The URL cannot be used.
    """
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    options: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "decode_responses": True,
        "retry": Retry(NoBackoff(), 0),
    }
    if is_embedded(settings):
        options.pop("socket_connect_timeout")  # a unix socket has none
    try:
        return redis.Redis.from_url(redis_url(settings), **options)
    except ValueError as error:
        message = "redis://, rediss:// or unix:// is required, however: another scheme was given"
        raise ConfigurationError(
            "The broker cannot be used", [Problem("TESTAMUR_BROKER_URL", message)]
        ) from error


def unavailable(settings: Settings) -> BrokerUnavailable:
    """The error of a broker that does not answer."""
    remedy = "start it: testamur up" if is_embedded(settings) else "start the server of TESTAMUR_BROKER_URL"
    return BrokerUnavailable(f"the broker at {printable_url(settings)} does not answer", remedy=remedy)


def ping(settings: Settings) -> bool:
    """True when the broker answers."""
    from redis.exceptions import RedisError

    with connect(settings) as client:
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False
