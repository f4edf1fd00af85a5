"""A stream of events per job, in the broker: whoever watches reads them as they come.

Events are a convenience. The truth about a job is in the database and its log is a file: when the
broker is away, events are lost and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import State
from testamur.settings import Settings
from testamur_workers.connection import connect, unavailable

if TYPE_CHECKING:
    from redis import Redis

LONGEST_STREAM = 10_000  # events per job, about
KEPT_S = 7 * 24 * 3600  # seconds that a stream is kept after its last event
PAUSE_S = 2.0  # after a failure nothing is tried for so long: a dead broker must not slow a job down
READ_TIMEOUT_S = 5.0


class StreamEvents:
    """The streams, one Redis Stream per job.

    Args:
        settings: Where the broker is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writer: Redis | None = None
        self._silent_until = 0.0

    def publish(self, event: Event) -> None:
        """Append an event; a broker that is away loses it, never the job."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._silent_until:
            return
        if self._writer is None:
            self._writer = connect(self._settings, timeout_s=1.0)
        key = _key(event.job_id)
        try:
            with self._writer.pipeline(transaction=False) as pipe:
                body = event.model_dump_json(exclude={"id"})
                pipe.xadd(key, {"event": body}, maxlen=LONGEST_STREAM, approximate=True)
                pipe.expire(key, KEPT_S)
                pipe.execute()
        except (RedisError, OSError):
            self._silent_until = time.monotonic() + PAUSE_S

    def read(self, job_id: str, *, after: str = "", block_s: float = 0.0) -> list[Event]:
        """Events of a job after the id `after`, waiting up to `block_s` seconds for the first.

        Raises:
            BrokerUnavailable: The broker does not answer.
        """
        from redis.exceptions import RedisError

        wait_ms = int(block_s * 1000) or None
        with connect(self._settings, timeout_s=block_s + READ_TIMEOUT_S) as client:
            try:
                answer = client.xread({_key(job_id): after or "0-0"}, count=1000, block=wait_ms)
            except (RedisError, OSError) as error:
                raise unavailable(self._settings) from error
        streams = answer.values() if isinstance(answer, dict) else [found for _, found in answer or ()]
        entries = [entry for stream in streams for entry in stream]
        # RESP3 wraps the entries of a stream in one more list
        flat = [pair for entry in entries for pair in ([entry] if isinstance(entry[0], str) else entry)]
        return [_parse(event_id, fields["event"]) for event_id, fields in flat]

    def forget(self, job_id: str) -> None:
        """Delete the events of a job, and have the broker write its file anew without them.

        Raises:
            BrokerUnavailable: The broker does not answer; nothing was deleted.
        """
        from redis.exceptions import RedisError, ResponseError

        with connect(self._settings) as client:
            try:
                client.delete(_key(job_id))
                client.bgrewriteaof()
            except ResponseError:  # it writes the file already, or keeps none, or we may not ask
                return
            except (RedisError, OSError) as error:
                raise unavailable(self._settings) from error

    def follow(self, job_id: str, *, after: str = "") -> Iterator[Event]:
        """Events as they come, until the job's final state event.

        A final state that is followed by other events belongs to an earlier try of the job.

        Raises:
            BrokerUnavailable: The broker does not answer.
        """
        while True:
            events = self.read(job_id, after=after, block_s=2.0)
            yield from events
            if events:
                after = events[-1].id
                if is_final(events[-1]):
                    return

    def close(self) -> None:
        """Give the connection back."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def is_final(event: Event) -> bool:
    """True for the event that ends a job."""
    return event.kind is EventKind.STATE and State(event.data["state"]).final


def _key(job_id: str) -> str:
    return f"testamur:events:{job_id}"


def _parse(event_id: str, body: str) -> Event:
    return Event.model_validate_json(body).model_copy(update={"id": event_id})
