"""Writes down how an attempt ended: one place that turns a departure into a state of the job."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Claim, State
from testamur.store.release import Outcome
from testamur.store.repository import JobRepository
from testamur_workers.watch import Departure, Wish

_STOPPED = ("interrupted", "cancelled")


def settle(
    departure: Departure,
    claim: Claim,
    jobs: JobRepository,
    *,
    n_oom_kills: int,
    patience_s: float,
    hand_in: Callable[[], None] | None = None,
) -> tuple[State | None, str]:
    """Give the job its next state, under the claim's token.

    Args:
        departure: How the runner ended.
        claim: The attempt.
        jobs: Where it is written.
        n_oom_kills: Processes that the system killed for lack of memory meanwhile.
        patience_s: How long a database that refuses is tried again.
        hand_in: Puts the dossier into its place; called under the token, when the job is done.

    Returns:
        The state, or None when the claim was not ours any more; and the reason.

    Raises:
        StoreError: The database refused for longer than `patience_s`.
    """
    if departure.wish is Wish.FENCED:
        return None, "another worker has the job"
    state, reason, write = _decide(departure, claim, jobs, n_oom_kills, _once(hand_in))
    try:
        written = _insist(write, patience_s)
    except OSError as error:
        state, reason = State.FAILED, f"the dossier could not be put into its place: {error.strerror}"
        written = _insist(
            lambda: jobs.finish(claim, State.FAILED, error=reason, error_kind="store"), patience_s
        )
    if written is True:
        return state, reason
    return (written or None), reason


Write = Callable[[], State | bool | None]


def _decide(
    departure: Departure,
    claim: Claim,
    jobs: JobRepository,
    n_oom_kills: int,
    hand_in: Callable[[], None] | None,
) -> tuple[State, str, Write]:
    """The next state, its reason, and the call that writes it."""
    ending, wish = departure.ending, departure.wish
    if ending is not None and ending.kind == "done":
        return (
            State.DONE,
            "",
            lambda: jobs.finish(
                claim, State.DONE, dossier=ending.dossier, cleared=ending.cleared, hand_in=hand_in
            ),
        )
    if wish is Wish.CANCEL:
        reason = "the job was cancelled by its owner"
        return (
            State.CANCELLED,
            reason,
            lambda: jobs.finish(claim, State.CANCELLED, error=reason, error_kind="cancelled"),
        )
    if wish is Wish.DEADLINE:
        reason = "the deadline passed while the job was running"
        return (
            State.FAILED,
            reason,
            lambda: jobs.finish(claim, State.FAILED, error=reason, error_kind="deadline"),
        )
    if ending is not None and ending.kind not in _STOPPED:
        return (
            State.FAILED,
            ending.message,
            lambda: jobs.finish(claim, State.FAILED, error=ending.message, error_kind=ending.kind),
        )
    if wish is Wish.INTERRUPT:
        reason = "the worker was stopped; the job goes on from its checkpoint"
        return State.QUEUED, reason, lambda: jobs.requeue(claim, reason)
    reason = _describe_death(departure.returncode, n_oom_kills)
    return State.QUEUED, reason, lambda: jobs.requeue(claim, reason, outcome=Outcome.LOST)


def _describe_death(returncode: int, n_oom_kills: int) -> str:
    if returncode == -signal.SIGKILL and n_oom_kills > 0:
        return "the system killed the runner for lack of memory on the host"
    if returncode < 0:
        return f"the runner was killed by {signal.Signals(-returncode).name}"
    return f"the runner ended without a word, exit code {returncode}"


def _once(hand_in: Callable[[], None] | None) -> Callable[[], None]:
    """The same call, which does nothing once it has succeeded: a refused commit is tried again after it."""
    waiting = [hand_in] if hand_in is not None else []

    def call() -> None:
        if waiting:
            waiting[0]()
            waiting.clear()

    return call


def _insist(write: Write, patience_s: float) -> State | bool | None:
    end = time.monotonic() + patience_s
    while True:
        try:
            return write()
        except StoreError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.2)


def count_oom_kills() -> int:
    """Processes that this system has killed for lack of memory since it started; 0 where it does not say."""
    path = Path("/proc/vmstat")
    if not path.exists():
        return 0
    counts = (line.split() for line in path.read_text().splitlines())
    return next((int(count) for name, count in counts if name == "oom_kill"), 0)
