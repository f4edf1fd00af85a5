"""Two machines with one home: each sees, marks and signals its own processes only."""

import os
import signal

import pytest

from testamur.contracts.errors import BrokerUnavailable
from testamur.settings import Settings
from testamur_workers import fleet
from testamur_workers.broker import EmbeddedBroker
from testamur_workers.locks import signal_process, take_lock, write_pid
from testamur_workers.places import workers_folder
from testamur_workers.reaper import reaper_lock
from testamur_workers.status import running_workers
from testamur_workers.tasks import stop_mark, supervisor_lock
from testamur_workers.worker import ready_mark, worker_lock


@pytest.fixture
def on(monkeypatch):
    def move(machine: str) -> None:
        monkeypatch.setattr("socket.gethostname", lambda: machine)

    return move


@pytest.fixture
def shared(tmp_path):
    return Settings.from_environment({"TESTAMUR_HOME": str(tmp_path / "home")})


def test_locks_and_marks_of_two_machines_have_nothing_in_common(shared, on):
    seen = {}
    for machine in ("alpha", "beta", "../gamma"):
        on(machine)
        seen[machine] = {
            worker_lock(shared, "cpu0"), ready_mark(shared, "cpu0"), stop_mark(shared, "cpu0"),
            supervisor_lock(shared, 7), reaper_lock(shared), workers_folder(shared) / "fleet.lock",
        }  # fmt: skip
        assert all(path.resolve().is_relative_to(shared.home / "workers") for path in seen[machine])
    assert len(set().union(*seen.values())) == 18


def test_down_leaves_the_workers_of_another_machine_alone(shared, on, monkeypatch):
    signalled = []
    monkeypatch.setattr(fleet, "signal_process", lambda pid, number: signalled.append(pid))
    on("alpha")
    held = take_lock(worker_lock(shared, "cpu0"))
    write_pid(held, os.getpid())
    try:
        assert running_workers(shared) == ["cpu0"]
        on("beta")
        assert running_workers(shared) == []
        assert fleet.LocalFleet(shared).down(wait_s=0) == {"stopped": [], "killed": []}
        assert not stop_mark(shared, "cpu0").exists()
    finally:
        os.close(held)
    assert signalled == []


def test_the_embedded_broker_of_another_machine_is_neither_used_nor_ended(shared, on):
    broker = EmbeddedBroker(shared)
    held = take_lock(shared.home / "broker" / "broker.lock")
    write_pid(held, os.getpid())
    (shared.home / "broker" / "broker.machine").write_text("alpha")
    try:
        on("beta")
        assert broker.pid is None
        assert broker.stop(wait_s=0) is False
        with pytest.raises(BrokerUnavailable, match=r"alpha.*\n.*TESTAMUR_BROKER_URL"):
            broker.start(wait_s=0)
        on("alpha")
        assert broker.pid == os.getpid()
    finally:
        os.close(held)


def test_a_process_that_ends_before_its_signal_is_no_fault():
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    signal_process(pid, signal.SIGTERM)


@pytest.mark.parametrize("stop", ["fleet", "broker"])
def test_down_bears_processes_that_end_between_look_and_signal(shared, monkeypatch, stop):
    def gone(pid, number):
        raise ProcessLookupError

    monkeypatch.setattr("testamur_workers.locks.os.kill", gone)
    lock = shared.home / "broker" / "broker.lock"
    held = take_lock(lock)
    write_pid(held, 2**22 - 1)
    module = f"testamur_workers.{stop}.wait_until_free"
    monkeypatch.setattr(module, lambda *arguments, **options: True)
    try:
        if stop == "fleet":
            assert fleet._stop({"cpu0": lock}, 0.0) == (["cpu0"], [])
        else:
            assert EmbeddedBroker(shared).stop(wait_s=0.0) is True
    finally:
        os.close(held)
