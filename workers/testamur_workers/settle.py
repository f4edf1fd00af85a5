"""Writes down how an attempt ended: one place that turns a departure into a state of the job."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from testamur.contracts.errors import StoreError
from testamur.contracts.job import Claim, State
from testamur.store.release import Outcome
from testamur.store.repository import JobRepository
from testamur_workers.request import DEVICE_FULL, Ending
from testamur_workers.watch import Departure, Wish

_STOPPED = ("interrupted", "cancelled")
HOST_FULL = "out_of_memory_host"
_FINAL = {
    Wish.CANCEL: (State.CANCELLED, "cancelled", "the job was cancelled by its owner"),
    Wish.DEADLINE: (State.FAILED, "deadline", "the deadline passed while the job was running"),
    Wish.TIME: (State.FAILED, "time_limit", "the attempt took longer than job.time_limit_s"),
    Wish.MEMORY: (State.FAILED, HOST_FULL, "the attempt held more memory than job.memory_limit_mb"),
}


def settle(
    departure: Departure,
    claim: Claim,
    jobs: JobRepository,
    *,
    n_oom_kills: int,
    patience_s: float,
    may_halve: bool = False,
    hand_in: Callable[[], None] | None = None,
) -> tuple[State | None, str]:
    """Give the job its next state, under the claim's token.

    Args:
        departure: How the runner ended.
        claim: The attempt.
        jobs: Where it is written.
        n_oom_kills: Processes that the system killed for lack of memory meanwhile.
        patience_s: How long a database that refuses is tried again.
        may_halve: True where a device without memory is tried again with half the rows at a time.
        hand_in: Puts the dossier into its place; called under the token, when the job is done.

    Returns:
        The state, or None when the claim was not ours any more; and the reason.

    Raises:
        StoreError: The database refused for longer than `patience_s`.
    """
    if departure.wish is Wish.FENCED:
        return None, "another worker has the job"
    state, reason, write = _decide(departure, claim, jobs, n_oom_kills, may_halve, _once(hand_in))
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
Decision = tuple[State, str, Write]


def _decide(
    departure: Departure,
    claim: Claim,
    jobs: JobRepository,
    n_oom_kills: int,
    may_halve: bool,
    hand_in: Callable[[], None] | None,
) -> Decision:
    """The next state, its reason, and the call that writes it."""
    ending, wish = departure.ending, departure.wish
    if ending is not None and ending.kind == "done":
        return _done(ending, claim, jobs, hand_in)
    if wish in _FINAL:
        state, kind, reason = _FINAL[wish]
        return _final(state, kind, reason, claim, jobs)
    if ending is not None and ending.kind == DEVICE_FULL and may_halve:
        return _in_parts(ending, claim, jobs)
    if ending is not None and ending.kind not in _STOPPED:
        return _final(State.FAILED, ending.kind, ending.message, claim, jobs)
    if departure.refused_memory and departure.returncode == -signal.SIGABRT:
        reason = "the program was refused memory: job.memory_limit_mb or the host leaves it too little"
        return _final(State.FAILED, HOST_FULL, reason, claim, jobs)
    if wish is Wish.INTERRUPT:
        reason = "the worker was stopped; the job goes on from its checkpoint"
        return State.QUEUED, reason, lambda: jobs.requeue(claim, reason, kind="drained")
    kind, reason = _describe_death(departure.returncode, n_oom_kills)
    return State.QUEUED, reason, lambda: jobs.requeue(claim, reason, outcome=Outcome.LOST, kind=kind)


def _done(ending: Ending, claim: Claim, jobs: JobRepository, hand_in: Callable[[], None] | None) -> Decision:
    def write() -> bool:
        return jobs.finish(claim, State.DONE, dossier=ending.dossier, cleared=ending.cleared, hand_in=hand_in)

    return State.DONE, "", write


def _final(state: State, kind: str, reason: str, claim: Claim, jobs: JobRepository) -> Decision:
    return state, reason, lambda: jobs.finish(claim, state, error=reason, error_kind=kind)


def _in_parts(ending: Ending, claim: Claim, jobs: JobRepository) -> Decision:
    """Once: the same batch again, passing the device in two halves."""
    reason = f"{ending.message}\n  -> tried again with half the rows at a time, and the same batch"

    def write() -> State | None:
        return jobs.try_in_parts(claim, reason, kind=ending.kind, micro_batches=2)

    return State.QUEUED, reason, write


def _describe_death(returncode: int, n_oom_kills: int) -> tuple[str, str]:
    """The class of a death without a word, and a sentence."""
    if returncode == -signal.SIGKILL and n_oom_kills > 0:
        return HOST_FULL, "the system killed the runner for lack of memory on the host"
    if returncode < 0:
        return "killed", f"the runner was killed by {signal.Signals(-returncode).name}"
    return "crashed", f"the runner ended without a word, exit code {returncode}"


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
