"""Notices workers that have fallen silent, by a clock that nobody can put forward.

A lease is written with the wall clock of the machine that holds it. Whoever compared that with his own wall
clock would take every running job away when the clock is set, or when two machines disagree. The reaper
therefore believes only what it has seen: the same sign of life, unchanged, for longer than the lease.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from testamur.store.pulse import Beat


class Silence:
    """Who has given no sign of life for how long.

    A worker gives its job up when its own lease, counted from before its last sign of life, has run out; it
    is called silent here only later, so the job never has two workers that both believe to hold it.

    Args:
        clock: Seconds that only grow, whatever the wall clock does.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Beat, float] = {}

    def listen(self, beats: Iterable[Beat]) -> list[Beat]:
        """Take the present signs of life; return those that have been the last ones for too long.

        Args:
            beats: Of all running jobs.
        """
        now = self._clock()
        self._seen = {beat: self._seen.get(beat, now) for beat in beats}
        return [beat for beat, since in self._seen.items() if now - since > beat.lease_s]
