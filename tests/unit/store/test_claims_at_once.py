"""Many workers at once: every job is claimed by exactly one, on both databases, by threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter

from testamur.store.leases import drop_lease, hold_lease
from testamur.store.repository import JobRepository

N_JOBS = 100

CLAIM_ALL = """
import os, sys
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import open_store

name, home, url, *job_ids = sys.argv[1:]
with open_store(Settings.from_environment({"TESTAMUR_HOME": home, "TESTAMUR_DATABASE_URL": url})) as store:
    jobs = JobRepository(store)
    for job_id in job_ids:
        if jobs.claim(job_id, worker=name, host="here", pid=os.getpid(), lease_s=60):
            print(job_id)
"""


def check_claims(store, claimed: list[str], job_ids: list[str]) -> None:
    assert Counter(claimed) == Counter(job_ids)
    jobs = JobRepository(store)
    for job in (jobs.get(job_id) for job_id in job_ids[::10]):
        assert (job.n_attempts, len(job.attempts)) == (1, 1)


def test_threads_claim_each_job_once(any_store, small_spec):
    jobs = JobRepository(any_store)
    job_ids = [jobs.add(small_spec).id for _ in range(N_JOBS)]
    claimed: list[str] = []

    def work(name: str) -> None:
        for job_id in job_ids:
            if jobs.claim(job_id, worker=name, host="here", pid=1, lease_s=60):
                claimed.append(job_id)

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_claims(any_store, claimed, job_ids)


def test_processes_claim_each_job_once(any_store, any_settings, small_spec):
    jobs = JobRepository(any_store)
    job_ids = [jobs.add(small_spec).id for _ in range(N_JOBS)]
    command = [sys.executable, "-c", CLAIM_ALL]
    processes = [
        subprocess.Popen(
            [*command, f"w{i}", str(any_settings.home), any_settings.database_url, *job_ids],
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(3)
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    check_claims(any_store, " ".join(outputs).split(), job_ids)


def test_a_lease_has_one_holder(any_store, hand_clock):
    def ask(owner: str) -> bool:
        return hold_lease(any_store, "reaper", owner=owner, lease_s=10, clock=hand_clock)

    assert [ask("a"), ask("b"), ask("a")] == [True, False, True]
    hand_clock.advance(9)
    assert not ask("b")
    hand_clock.advance(2)
    assert [ask("b"), ask("a")] == [True, False]
    drop_lease(any_store, "reaper", owner="a")  # not its own
    assert not ask("a")
    drop_lease(any_store, "reaper", owner="b")
    assert ask("a")
    hand_clock.advance(-3600)  # the clock had been an hour ahead, and its owner has died
    assert ask("b")


def test_of_many_who_want_a_new_lease_one_gets_it(any_store):
    granted: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda i=i: granted.append(hold_lease(any_store, "new", owner=f"o{i}", lease_s=60))
        )
        for i in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(granted) == [False] * 4 + [True]
