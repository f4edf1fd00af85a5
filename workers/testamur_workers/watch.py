"""Follows a running runner: hears it, keeps its lease, and ends it when it must end."""

from __future__ import annotations

import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Claim
from testamur.store.pulse import Pulse
from testamur.store.repository import JobRepository
from testamur_workers.lines import Lines
from testamur_workers.memory import resident_memory
from testamur_workers.recorder import Recorder
from testamur_workers.request import Ending
from testamur_workers.standby import Runner
from testamur_workers.wire import read_line

_REFUSED = b"memory allocation of "  # the words of Rust's runtime, and so of polars, before it aborts
LOOK_EVERY_S = 0.2  # how often flags are read
LOOK_AT_LEAVING_S = 0.0002  # how often a runner that has said its last word is looked at
LEAVES_WITHIN_S = 0.05  # of that word; one that takes longer is looked at as seldom as before
FRESH_SHARE = 0.05  # of a lease: a claim made so short a time ago is itself the first sign of life


class Wish(IntEnum):
    """Why a runner was asked to end; a greater one overrules a smaller one."""

    NONE = 0
    INTERRUPT = 1  # the worker stops: keep the checkpoint, queue the job again
    MEMORY = 2  # it took more memory of the host than the job may
    TIME = 3  # the attempt took longer than the job allows
    DEADLINE = 4
    CANCEL = 5
    FENCED = 6  # the claim is not ours any more: nothing may be written


PATIENCE_S = {
    Wish.INTERRUPT: 20.0,
    Wish.MEMORY: 0.0,
    Wish.TIME: 1.0,
    Wish.DEADLINE: 1.0,
    Wish.CANCEL: 1.0,
    Wish.FENCED: 0.0,
}


@dataclass(frozen=True, slots=True)
class Departure:
    """How a runner ended.

    Attributes:
        wish: What it was asked.
        ending: Its last word, or None when it was killed.
        returncode: Of the process.
        refused_memory: A library without exceptions said that it was refused memory; it ends by SIGABRT then.
    """

    wish: Wish
    ending: Ending | None
    returncode: int
    refused_memory: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a runner is held to.

    Attributes:
        lease_s: Seconds without a heartbeat after which the claim is lost.
        deadline: When the job must have ended.
        stopping: True once the worker must stop.
        time_limit_s: Seconds that the attempt may take.
        memory_limit: Bytes of host memory that its processes may hold together.
        claimed_at: A moment before the claim, by the monotonic clock; None: long ago.
    """

    lease_s: float
    deadline: datetime | None
    stopping: Callable[[], bool]
    time_limit_s: float | None = None
    memory_limit: int | None = None
    claimed_at: float | None = None


class Watch:
    """One runner, watched until it ends.

    Args:
        runner: Started, with its request.
        claim: The attempt.
        jobs: Where the lease is kept.
        recorder: Who hears what the runner says.
        terms: What it is held to.
    """

    def __init__(
        self, runner: Runner, claim: Claim, *, jobs: JobRepository, recorder: Recorder, terms: Terms
    ) -> None:
        self._runner = runner
        self._claim = claim
        self._jobs = jobs
        self._recorder = recorder
        self._terms = terms
        self._events = Lines(runner.events)
        self._output = Lines(runner.output)
        self._wish = Wish.NONE
        self._ending: Ending | None = None
        self._said_at = 0.0
        self._refused_memory = False
        self._kill_at = float("inf")
        self._began_at = self._beat_at = self._held_until = time.monotonic()

    def follow(self) -> Departure:
        """Stay until the runner has ended."""
        look_at = self._begin()
        with selectors.DefaultSelector() as selector:
            for lines in (self._events, self._output):
                selector.register(lines.descriptor, selectors.EVENT_READ, lines)
            if self._runner.news is not None:
                selector.register(self._runner.news, selectors.EVENT_READ)
            while (code := self._end()) is None:
                for key, _ in selector.select(LOOK_EVERY_S / 4 if self._wish else LOOK_EVERY_S):
                    if key.data is not None:
                        self._hear(key.data)
                    if key.data is not None and key.data.ended:
                        selector.unregister(key.fd)
                if not selector.get_map():
                    time.sleep(0.01)  # it has closed its pipes and is about to end
                if time.monotonic() >= look_at:
                    self._look()
                    look_at = time.monotonic() + LOOK_EVERY_S
                if time.monotonic() >= self._kill_at:
                    self._runner.signal(signal.SIGKILL)
        self._hear(self._output)
        self._hear(self._events)
        if self._wish is not Wish.FENCED:
            self._recorder.store_now_and_then(at_once=True)
        return Departure(self._wish, self._ending, code, self._refused_memory)

    def _end(self) -> int | None:
        """The exit code of a runner that has ended, or has said how and will execute nothing any more."""
        code = self._runner.returncode
        if code is None and self._is_leaving() and self._sees_it_leave():
            return self._ending.exit_code if self._ending is not None else None
        return code

    def _is_leaving(self) -> bool:
        """It has said its last word, nobody told it to end, and no device must be given back first."""
        return self._ending is not None and not self._wish and not self._claim.devices

    def _sees_it_leave(self) -> bool:
        """Look closely for a moment: nothing tells that a process executes nothing any more."""
        while not self._runner.has_left:
            if time.monotonic() >= self._said_at + LEAVES_WITHIN_S:
                return False
            time.sleep(LOOK_AT_LEAVING_S)
        return True

    def _begin(self) -> float:
        """Count the lease from the claim where that is fresh; returns when flags are looked at first."""
        now, lease_s, claimed_at = time.monotonic(), self._terms.lease_s, self._terms.claimed_at
        if claimed_at is None or now - claimed_at > FRESH_SHARE * lease_s:
            self._held_until = now + lease_s
            return 0.0
        self._held_until = claimed_at + lease_s
        self._beat_at = claimed_at + lease_s / 3
        return min(now + LOOK_EVERY_S, self._beat_at)

    def _hear(self, lines: Lines) -> None:
        for line in lines.read():
            if lines is self._output:
                self._refused_memory |= line.startswith(_REFUSED)
                self._recorder.say(line.decode(errors="replace"), level="output")
                continue
            try:
                said = read_line(line)
            except ValueError:  # a line cut for its length, or a plugin that wrote into our pipe
                message = f"a line of {len(line):,} bytes from the runner could not be read and is left out"
                self._recorder.say(message, level="warning")
                continue
            if isinstance(said, Ending):
                self._ending, self._said_at = said, time.monotonic()
            else:
                self._recorder.hear(said)

    def _look(self) -> None:
        """Read the flags; extend the lease when a third of it has gone."""
        self._recorder.store_now_and_then()
        if self._terms.stopping():
            self._ask(Wish.INTERRUPT)
        if self._terms.deadline is not None and datetime.now(UTC) >= self._terms.deadline:
            self._ask(Wish.DEADLINE)
        now = time.monotonic()
        if self._terms.time_limit_s is not None and now - self._began_at >= self._terms.time_limit_s:
            self._ask(Wish.TIME)
        if self._terms.memory_limit is not None and self._holds_too_much(self._terms.memory_limit):
            self._ask(Wish.MEMORY)
        try:
            pulse = self._feel(now)
        except StoreError as error:
            if now >= self._held_until:  # another worker may have the job by now
                self._recorder.say(f"the lease could not be kept: {error.message}", level="error")
                self._ask(Wish.FENCED)
            return
        if not pulse.held:
            self._ask(Wish.FENCED)
        elif pulse.cancel_requested:
            self._ask(Wish.CANCEL)

    def _holds_too_much(self, limit: int) -> bool:
        pid = self._runner.pid
        return pid is not None and resident_memory(pid) > limit

    def _feel(self, now: float) -> Pulse:
        if now < self._beat_at:
            return self._jobs.peek(self._claim)
        pulse = self._jobs.heartbeat(self._claim, lease_s=self._terms.lease_s)
        if pulse.held:
            self._runner.prolong()
        self._beat_at = now + self._terms.lease_s / 3
        self._held_until = now + self._terms.lease_s
        return pulse

    def _ask(self, wish: Wish) -> None:
        if wish <= self._wish:
            return
        self._wish = wish
        self._kill_at = min(self._kill_at, time.monotonic() + PATIENCE_S[wish])
        self._runner.signal(signal.SIGTERM)
