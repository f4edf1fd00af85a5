"""Following a job: nothing missed, nothing repeated, and the database decides when it ends."""

from datetime import UTC, datetime

from testamur.contracts.errors import BrokerUnavailable
from testamur.contracts.event import Event, EventKind
from testamur.contracts.job import Job, JobSpec, Priority, State
from testamur.interfaces.following import Following, follow_job
from testamur.testing.fakes import MemoryEvents

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = "abcdefghjkmn"


def job(state):
    spec = JobSpec.parse({"dataset": {"use": "health.nhefs"}})
    return Job(
        id=ID, name="x", spec=spec, state=state, stage=None, priority=Priority.NORMAL, created_at=NOW,
        updated_at=NOW, started_at=None, ended_at=None, sent=True, cancel_requested=False, n_attempts=1,
        error="", error_kind="", dossier="", cleared=None,
    )  # fmt: skip


class Jobs:
    """Answers with one state after the other, and stays with the last."""

    def __init__(self, *states):
        self.states = list(states)

    def get(self, job_id):
        return job(self.states.pop(0) if len(self.states) > 1 else self.states[0])


def event(kind, **data):
    return Event(job_id=ID, kind=kind, at=NOW, data=data)


def published(*events):
    stream = MemoryEvents()
    for one in events:
        stream.publish(one)
    return stream


EVENTS = [
    event(EventKind.STAGE, stage="load"),
    event(EventKind.EPOCH, epoch=1),
    event(EventKind.EPOCH, epoch=2),
]


def seen(steps):
    return [step for step in steps if not isinstance(step, Following)]


def test_every_event_once_and_then_the_end():
    steps = list(follow_job(ID, Jobs(State.RUNNING, State.DONE), published(*EVENTS)))
    assert [step.data for step in seen(steps)] == [one.data for one in EVENTS]
    assert steps[-1].job.state is State.DONE
    assert steps[-1].after == "3"


def test_following_again_repeats_nothing():
    stream = published(*EVENTS)
    assert [s.data for s in seen(follow_job(ID, Jobs(State.DONE), stream, after="2"))] == [{"epoch": 2}]
    assert seen(follow_job(ID, Jobs(State.DONE), stream, after="3")) == []


def test_events_that_come_with_the_end_are_still_shown():
    stream = published(*EVENTS)
    assert len(seen(follow_job(ID, Jobs(State.DONE), stream))) == 3


class Away:
    """A broker that does not answer."""

    def read(self, job_id, *, after="", block_s=0.0):
        raise BrokerUnavailable("the broker does not answer")


def test_a_broker_that_is_away_does_not_end_it():
    waits = []
    steps = list(follow_job(ID, Jobs(State.QUEUED, State.RUNNING, State.DONE), Away(), sleep=waits.append))
    assert steps[-1].job.state is State.DONE
    assert len(waits) == 3
    assert waits[0] > 0


def test_it_gives_up_when_the_time_is_over():
    clock = iter([0.0, 0.0, 1.0, 1.0, 99.0]).__next__
    steps = list(
        follow_job(ID, Jobs(State.RUNNING), Away(), timeout_s=2.0, clock=clock, sleep=lambda seconds: None)
    )
    assert steps[-1].job.state is State.RUNNING
