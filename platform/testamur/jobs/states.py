"""Which state may follow which."""

from __future__ import annotations

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import State

TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.CANCELLED, State.QUEUED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
}
"""A done job is not run again: its sealed dossier would be overwritten."""


class WrongState(TestamurError):
    """A job that is not in a state from which the wish can be met."""

    exit_code = 2
    kind = "state"


def check_transition(before: State, after: State) -> None:
    """Return where a job may go from `before` to `after`.

    Raises:
        WrongState: It may not.
    """
    allowed = TRANSITIONS[before]
    if after not in allowed:
        words = " or ".join(sorted(state.value for state in allowed)) or "no other state"
        raise WrongState(f"a {before.value} job can become {words}, however: {after.value} was asked for")
