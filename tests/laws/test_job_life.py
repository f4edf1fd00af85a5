"""Law: whatever workers, owners and time do, a job moves only along the table of states.

A model in plain Python says what each step must answer; the store is asked the same.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from testamur.contracts.job import Claim, JobSpec, Stage, State
from testamur.jobs.states import TRANSITIONS
from testamur.settings import Settings
from testamur.store.pulse import Beat
from testamur.store.release import Outcome
from testamur.store.repository import JobRepository
from testamur.store.session import open_store

LEASE_S = 30.0
MAX_ATTEMPTS = 3


class JobLife(RuleBasedStateMachine):
    """One job, and a model of what it must be."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        environ = {"TESTAMUR_HOME": str(Path(self.folder.name, "home"))}
        self.store = open_store(Settings.from_environment(environ))
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.jobs = JobRepository(self.store, clock=lambda: self.now)
        spec = JobSpec.parse({"dataset": {"use": "a.b"}, "job": {"max_attempts": MAX_ATTEMPTS}})
        self.id = self.jobs.add(spec).id
        self.state, self.seen = State.QUEUED, State.QUEUED
        self.claims: list[Claim] = []
        self.n_lost, self.wanted_end = 0, False
        self.last_beat = self.heard_beat = (0, self.now)  # token and moment of a sign of life
        self.heard: list[Beat] = []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def holds(self, claim: Claim) -> bool:
        return self.state is State.RUNNING and claim is self.claims[-1]

    def after_release(self, outcome: Outcome) -> State:
        self.n_lost += outcome is Outcome.LOST
        if self.wanted_end:
            return State.CANCELLED
        return State.FAILED if self.n_lost >= MAX_ATTEMPTS else State.QUEUED

    @rule()
    def claim(self) -> None:
        claim = self.jobs.claim(self.id, worker="w", host="h", pid=1, lease_s=LEASE_S)
        assert (claim is not None) == (self.state is State.QUEUED)
        if claim is not None:
            assert all(claim.token > older.token for older in self.claims)
            self.claims.append(claim)
            self.state, self.last_beat = State.RUNNING, (claim.token, self.now)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        pulse = self.jobs.heartbeat(claim, lease_s=LEASE_S)
        assert pulse.held == self.holds(claim)
        if pulse.held:
            assert pulse.cancel_requested == self.wanted_end
            self.last_beat = (claim.token, self.now)
        assert self.jobs.report(claim, stage=Stage.FIT) == pulse.held

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), end=st.sampled_from([State.DONE, State.FAILED, State.CANCELLED]))
    def finish(self, data: st.DataObject, end: State) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        held = self.holds(claim)
        assert self.jobs.finish(claim, end) == held
        self.state = end if held else self.state

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), outcome=st.sampled_from([Outcome.LOST, Outcome.INTERRUPTED]))
    def give_back(self, data: st.DataObject, outcome: Outcome) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        expected = self.after_release(outcome) if self.holds(claim) else None
        assert self.jobs.requeue(claim, "given back", outcome=outcome) is expected
        self.state = expected or self.state

    @rule(seconds=st.sampled_from([1.0, 20.0, 31.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def listen(self) -> None:
        self.heard, self.heard_beat = self.jobs.beats(), self.last_beat
        assert len(self.heard) == (self.state is State.RUNNING)

    @rule()
    def reap(self) -> None:
        over = bool(self.heard) and self.state is State.RUNNING and self.heard_beat == self.last_beat
        assert len(self.jobs.release_silent(self.heard)) == over
        if over:
            self.state = self.after_release(Outcome.LOST)

    @rule()
    def cancel(self) -> None:
        self.jobs.request_cancel(self.id)
        if self.state is State.QUEUED:
            self.state = State.CANCELLED
        elif self.state is State.RUNNING:
            self.wanted_end = True

    @rule()
    def retry(self) -> None:
        self.jobs.retry(self.id)
        if self.state in (State.FAILED, State.CANCELLED):
            self.state, self.n_lost, self.wanted_end = State.QUEUED, 0, False

    @invariant()
    def stored_is_as_expected(self) -> None:
        if not hasattr(self, "store"):
            return
        job = self.jobs.get(self.id)
        assert job.state is self.state
        assert job.state is self.seen or job.state in TRANSITIONS[self.seen]
        self.seen = job.state
        assert job.n_attempts == len(self.claims) == len(job.attempts)
        open_attempts = [attempt.number for attempt in job.attempts if attempt.ended_at is None]
        assert open_attempts == ([job.n_attempts] if job.state is State.RUNNING else [])
        assert (job.ended_at is not None) == job.state.final
        assert (job.stage is None) or job.state is State.RUNNING


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
