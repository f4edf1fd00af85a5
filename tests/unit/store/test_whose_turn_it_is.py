"""Whose turn it is: priority, ageing, fair share, quotas; on both databases, whatever messages said."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import astuple

import pytest
from sqlalchemy import func, select

from testamur.contracts.job import JobSpec, Priority, Quota, State
from testamur.store.order import Ledger, Line, Usage, order_lines
from testamur.store.repository import JobRepository
from testamur.store.shares import QuotaExceeded, QuotaRepository
from testamur.store.tables import JOB
from testamur.store.turns import _LINES, _waiting_lines

WORKER = {"worker": "cpu0@here", "host": "here", "pid": 4711, "lease_s": 30.0}
HOUR = 3600.0


def spec(priority: str = "normal", project: str = "default") -> JobSpec:
    return JobSpec.parse(
        {"dataset": {"use": "health.nhefs"}, "job": {"priority": priority, "project": project}}
    )


def run(jobs: JobRepository, clock, seconds: float) -> str:
    """Let the next job run for a while; its owner."""
    claim = jobs.claim_next(**WORKER)
    clock.advance(seconds)
    jobs.finish(claim, State.DONE)
    return jobs.get(claim.job_id).owner


def test_urgent_comes_before_normal_and_that_before_batch(jobs, hand_clock):
    ids = {}
    for priority in ("batch", "normal", "urgent"):
        ids[priority] = jobs.add(spec(priority)).id
        hand_clock.advance(1)
    taken = [jobs.claim_next(**WORKER).job_id for _ in range(3)]
    assert taken == [ids["urgent"], ids["normal"], ids["batch"]]
    assert jobs.claim_next(**WORKER) is None


def test_a_job_that_waits_long_rises_by_one_queue_at_a_time(jobs, hand_clock):
    old = jobs.add(spec("batch"), owner="ada").id
    hand_clock.advance(5 * HOUR)
    normal, urgent = jobs.add(spec(), owner="ada").id, jobs.add(spec("urgent"), owner="ada").id
    taken = [jobs.claim_next(**WORKER, ageing_s=4 * HOUR).job_id for _ in range(3)]
    assert taken == [urgent, old, normal]


def test_who_had_less_running_time_comes_first(jobs, hand_clock):
    for _ in range(4):
        jobs.add(spec(), owner="ada")
        hand_clock.advance(1)
    jobs.add(spec(), owner="bob")
    assert [run(jobs, hand_clock, 60) for _ in range(5)] == ["ada", "bob", "ada", "ada", "ada"]


def test_running_time_is_forgotten_by_half_a_day(jobs, hand_clock):
    jobs.add(spec(), owner="ada")
    run(jobs, hand_clock, 100)
    hand_clock.advance(3 * 24 * HOUR)  # 100 s count 12.5 s now
    jobs.add(spec(), owner="bob")
    run(jobs, hand_clock, 20)
    jobs.add(spec(), owner="bob")
    hand_clock.advance(1)
    jobs.add(spec(), owner="ada")
    assert run(jobs, hand_clock, 1) == "ada"


def test_a_project_with_three_shares_gets_three_quarters(jobs, any_store, hand_clock):
    QuotaRepository(any_store).set(Quota(kind="project", name="big", share=3.0))
    for _ in range(40):
        jobs.add(spec(project="big"), owner="ada")
        jobs.add(spec(project="small"), owner="ada")
    had = Counter()
    for _ in range(40):
        claim = jobs.claim_next(**WORKER)
        hand_clock.advance(10)
        jobs.finish(claim, State.DONE)
        had[jobs.get(claim.job_id).project] += 1
    assert had == {"big": 30, "small": 10}


def test_time_on_several_devices_counts_for_each(jobs, hand_clock):
    large = {"dataset": {"use": "health.nhefs"}, "job": {"devices": 4}}
    jobs.add(JobSpec.parse(large), owner="ada")
    run(jobs, hand_clock, 10)  # counts 40 s
    jobs.add(spec(), owner="bob")
    run(jobs, hand_clock, 30)
    jobs.add(spec(), owner="ada")
    hand_clock.advance(1)
    jobs.add(spec(), owner="bob")
    assert run(jobs, hand_clock, 1) == "bob"


def test_a_quota_of_running_jobs_holds_and_others_pass(jobs, any_store, hand_clock):
    quotas = QuotaRepository(any_store)
    quotas.set(Quota(kind="user", name="*", max_running=1))
    first, second = jobs.add(spec(), owner="ada").id, jobs.add(spec(), owner="ada").id
    other = jobs.add(spec("batch"), owner="bob").id
    claim = jobs.claim_next(**WORKER)
    assert jobs.claim_next(**WORKER).job_id == other
    assert jobs.claim_next(**WORKER) is None
    jobs.finish(claim, State.DONE)
    assert {claim.job_id, jobs.claim_next(**WORKER).job_id} == {first, second}
    quotas.remove("user", "*")
    assert quotas.all() == []


def test_a_quota_of_waiting_jobs_refuses_at_submission(jobs, any_store):
    QuotaRepository(any_store).set(Quota(kind="project", name="default", max_queued=2))
    for _ in range(2):
        jobs.add(spec(), owner="ada")
    with pytest.raises(QuotaExceeded, match=r"at most 2 waiting jobs of the project default.*2 wait"):
        jobs.add(spec(), owner="bob")
    assert jobs.add(spec(project="else"), owner="bob").state is State.QUEUED


def test_many_workers_at_once_keep_a_quota_and_take_each_job_once(any_store):
    jobs = JobRepository(any_store)
    QuotaRepository(any_store).set(Quota(kind="user", name="ada", max_running=3))
    for _ in range(20):
        jobs.add(spec(), owner="ada")
    taken: list[str] = []

    def work() -> None:
        while (claim := JobRepository(any_store).claim_next(**WORKER)) is not None:
            taken.append(claim.job_id)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 3


def test_a_cancelled_job_is_passed_over(jobs):
    gone, stays = jobs.add(spec(), owner="ada").id, jobs.add(spec(), owner="ada").id
    jobs.request_cancel(gone)
    assert jobs.claim_next(**WORKER).job_id == stays


@pytest.mark.parametrize("seed", range(4))
def test_the_first_of_each_line_is_found_by_jumps(jobs, any_store, hand_clock, seed):
    draw = random.Random(seed)
    for _ in range(25):
        where = spec(draw.choice(["urgent", "normal", "batch"]), draw.choice("pqr"))
        job = jobs.add(where, owner=draw.choice(["ada", "bob", "eve"]))
        hand_clock.advance(draw.choice([0, 1]))
        if draw.random() < 0.2:
            jobs.request_cancel(job.id)
    by = (JOB.c.priority, JOB.c.project, JOB.c.owner)
    waiting = select(*by, func.min(JOB.c.queued_at)).where(JOB.c.state == "queued").group_by(*by)
    with any_store.look() as connection:
        expected = {tuple(row) for row in connection.execute(waiting)}
        assert Counter(astuple(line) for line in _waiting_lines(connection)) == Counter(expected)


def test_a_long_line_is_not_walked_through(sqlite_store):
    with sqlite_store.look() as connection:
        compiled = _LINES.compile(connection)
        bound = tuple(compiled.params[name] for name in compiled.positiontup)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", bound)
        steps = [row.detail for row in plan if "candidate" in row.detail]
    assert len(steps) == 4
    assert all("USING INDEX ix_job_waiting (state=?" in step for step in steps)
    assert sum("owner>?" in step for step in steps) == 1


def test_the_rule_without_a_database(hand_clock):
    def line(owner: str, priority: Priority = Priority.NORMAL) -> Line:
        return Line(priority, "p", owner, hand_clock.now)

    ledger = Ledger(
        {("p", "ada"): Usage(1, 50.0), ("p", "bob"): Usage(0, 80.0)},
        [Quota(kind="user", name="bob", share=2.0), Quota(kind="user", name="eve", max_running=0)],
    )
    lines = [line("ada"), line("bob"), line("eve"), line("zoe", Priority.BATCH)]
    ordered = order_lines(lines, ledger, now=hand_clock.now, ageing_s=HOUR)
    assert [found.owner for found in ordered] == ["bob", "ada", "zoe"]  # 80 s at two shares are 40
