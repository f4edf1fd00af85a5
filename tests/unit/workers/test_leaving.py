"""A runner that has said its last word is left to the kernel once it can execute nothing any more."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from testamur.contracts.job import JobSpec
from testamur.store.repository import JobRepository
from testamur_workers.leaving import has_left
from testamur_workers.request import Ending
from testamur_workers.watch import Terms, Watch

SPEC = JobSpec.parse({"dataset": {"path": "/x.csv", "target": "y"}})
FAILED = Ending(kind="data", message="nothing was to be done", exit_code=2)
THREAD_ENDS = """
import threading, time
thread = threading.Thread(target=lambda: None)
thread.start(); thread.join()
print("ready", flush=True)
time.sleep(60)
"""

NAMED = """
import ctypes, time
ctypes.CDLL(None).prctl(15, b"\\xff\\xfe) 0 0")  # PR_SET_NAME
print("ready", flush=True)
time.sleep(60)
"""


class Speaker:
    """A runner that has said its last word and is not known to have ended."""

    returncode = None
    news = None
    pid = None

    def __init__(self, ending: Ending, *, left_after: int) -> None:
        self.events, speaking = os.pipe()
        self.output, printing = os.pipe()
        os.write(speaking, b'{"end": %s}\n' % ending.model_dump_json().encode())
        os.write(printing, b"the last line\n")
        self.ends = [self.events, self.output, speaking, printing]
        self.n_looks, self._left_after = 0, left_after
        self.signals: list[signal.Signals] = []

    @property
    def has_left(self) -> bool:
        self.n_looks += 1
        return self.n_looks > self._left_after

    def signal(self, number: signal.Signals) -> None:
        self.signals.append(number)
        self.returncode = -signal.SIGTERM


class Listener:
    """A recorder that keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str, *, level: str = "info") -> None:
        self.lines.append(message)

    def store_now_and_then(self, *, at_once: bool = False) -> None:
        pass


@pytest.fixture
def claimed(sqlite_store):
    jobs = JobRepository(sqlite_store)
    job = jobs.add(SPEC)
    return jobs, jobs.claim(job.id, worker="w@h", host="h", pid=1, lease_s=30)


def follow(claimed, speaker, *, stopping=lambda: False, **changes):
    jobs, claim = claimed
    listener = Listener()
    terms = Terms(30.0, None, stopping, claimed_at=time.monotonic())
    claim = claim.model_copy(update=changes)
    try:
        departure = Watch(speaker, claim, jobs=jobs, recorder=listener, terms=terms).follow()
    finally:
        for end in speaker.ends:
            os.close(end)
    return departure, listener


def test_its_last_word_counts_once_it_executes_nothing(claimed):
    speaker = Speaker(FAILED, left_after=2)
    departure, listener = follow(claimed, speaker)
    assert (departure.ending, departure.returncode) == (FAILED, 2)
    assert speaker.n_looks == 3  # not believed before
    assert listener.lines == ["the last line"]


def test_one_that_holds_a_device_is_waited_for(claimed):
    speaker = Speaker(FAILED, left_after=0)
    end = time.monotonic() + 0.5
    departure, _ = follow(claimed, speaker, stopping=lambda: time.monotonic() > end, devices=("GPU-1",))
    assert speaker.n_looks == 0
    assert departure.returncode == -signal.SIGTERM


def test_one_that_was_told_to_end_is_waited_for(claimed):
    speaker = Speaker(FAILED, left_after=10**9)
    departure, _ = follow(claimed, speaker, stopping=lambda: True)
    n_looks = speaker.n_looks
    assert speaker.signals == [signal.SIGTERM]
    assert departure.returncode == -signal.SIGTERM
    assert 0 < n_looks < 10**9  # before it was told, and no more after


def test_a_process_has_left_when_all_its_threads_have():
    child = subprocess.Popen([sys.executable, "-c", THREAD_ENDS], stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        assert not has_left(child.pid)  # one thread has ended, the other has not
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert has_left(child.pid)  # a zombie
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert not has_left(child.pid)  # nobody has this number: nothing is known of it


def test_a_thread_may_be_named_in_any_bytes():
    child = subprocess.Popen([sys.executable, "-c", NAMED], stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        assert not has_left(child.pid)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_stopped_process_has_not_left():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGSTOP)
        assert not has_left(child.pid)
    finally:
        child.kill()
        child.wait()
