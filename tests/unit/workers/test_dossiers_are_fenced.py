"""The dossier of a job is that of the newest attempt, whatever order the attempts end in."""

from functools import partial

import pytest

from testamur.contracts.errors import StoreError
from testamur.contracts.job import JobSpec, State
from testamur.store.release import end_held
from testamur.store.repository import JobRepository
from testamur_workers.hand_in import clear_away, hand_in, sealing_folder
from testamur_workers.request import Ending
from testamur_workers.settle import settle
from testamur_workers.watch import Departure, Wish

SPEC = JobSpec.parse({"dataset": {"path": "/x.csv", "target": "y"}, "job": {"max_attempts": 3}})
DONE = Departure(Wish.NONE, Ending(kind="done", dossier="/d", cleared=True), 0)


def sealed(final, attempt: int) -> None:
    folder = sealing_folder(final, attempt)
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(f"attempt {attempt}")


@pytest.fixture
def two_claims(sqlite_store):
    jobs = JobRepository(sqlite_store)
    job = jobs.add(SPEC)
    old = jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30)
    jobs.release_dead("h", lambda pid: False)
    return jobs, old, jobs.claim(job.id, worker="v@h", host="h", pid=2, lease_s=30)


@pytest.mark.parametrize("order", ["the old one ends first", "the old one ends last"])
def test_an_attempt_past_its_lease_never_replaces_the_dossier_of_a_newer_one(two_claims, tmp_path, order):
    jobs, old, new = two_claims
    final = tmp_path / "dossiers" / "abc"
    for claim in (old, new):
        sealed(final, claim.attempt)
    ends = [old, new] if order.endswith("first") else [new, old]
    for claim in ends:
        place = partial(hand_in, final, claim.attempt)
        state, _ = settle(DONE, claim, jobs, n_oom_kills=0, patience_s=0, hand_in=place)
        clear_away(final, claim.attempt)
        assert state is (State.DONE if claim is new else None)
    assert (final / "report.json").read_text() == f"attempt {new.attempt}"
    assert [path.name for path in final.parent.iterdir()] == ["abc"]


def test_a_machine_that_stopped_between_move_and_commit_is_recovered_by_the_next_attempt(
    two_claims, tmp_path
):
    jobs, old, new = two_claims
    final = tmp_path / "dossiers" / "abc"
    sealed(final, old.attempt)
    hand_in(final, old.attempt)  # and its transaction was never committed
    sealed(final, new.attempt)
    place = partial(hand_in, final, new.attempt)
    assert settle(DONE, new, jobs, n_oom_kills=0, patience_s=0, hand_in=place)[0] is State.DONE
    clear_away(final, new.attempt)
    assert (final / "report.json").read_text() == f"attempt {new.attempt}"
    assert [path.name for path in final.parent.iterdir()] == ["abc"]


def test_a_dossier_that_cannot_be_moved_fails_the_job_and_says_why(two_claims, tmp_path):
    jobs, _, new = two_claims
    place = partial(hand_in, tmp_path / "dossiers" / "abc", new.attempt)  # nothing was sealed
    state, reason = settle(DONE, new, jobs, n_oom_kills=0, patience_s=0, hand_in=place)
    job = jobs.get(new.job_id)
    assert (state, job.state, job.error_kind) == (State.FAILED, State.FAILED, "store")
    assert "No such file" in reason


def test_only_what_attempts_up_to_this_one_left_is_cleared_away(tmp_path):
    final = tmp_path / "abc"
    for name in (".abc-1/.dossier.x7", ".abc-2", ".abc-3", ".abc-1-earlier", ".abc-1-left", ".abc-11", "abc"):
        (tmp_path / name).mkdir(parents=True)
    clear_away(final, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".abc-11", ".abc-3", "abc"]


def test_a_commit_that_is_refused_after_the_move_is_tried_again(two_claims, tmp_path, monkeypatch):
    jobs, _, new = two_claims
    final = tmp_path / "dossiers" / "abc"
    sealed(final, new.attempt)
    ends, refusals = "testamur.store.claims.end_held", iter([StoreError("the database is locked")])

    def refuse_once(*arguments, **options):
        for error in refusals:
            raise error
        return end_held(*arguments, **options)

    monkeypatch.setattr(ends, refuse_once)
    place = partial(hand_in, final, new.attempt)
    assert settle(DONE, new, jobs, n_oom_kills=0, patience_s=5, hand_in=place)[0] is State.DONE
    assert (final / "report.json").read_text() == f"attempt {new.attempt}"
    assert jobs.get(new.job_id).state is State.DONE
