"""Locks, broker, runner and what each process imports: small real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from testamur.contracts.event import Event, EventKind
from testamur.settings import Settings
from testamur_workers.broker import EmbeddedBroker
from testamur_workers.celery_app import make_app
from testamur_workers.connection import connect
from testamur_workers.events import StreamEvents
from testamur_workers.locks import holder, locked, take_lock, wait_until_free
from testamur_workers.places import socket_path
from testamur_workers.process import RunnerProcess
from testamur_workers.queue import QUEUES, CeleryQueue
from testamur_workers.spawn import reap, spawn_detached


def loaded_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def test_the_provider_is_cheap_and_the_supervisor_knows_no_torch():
    assert not loaded_after("import testamur_workers.provider") & {"celery", "redis", "sqlmodel", "torch"}
    heavy = {"torch", "sklearn", "scipy", "polars"}
    assert not loaded_after("import testamur_workers.worker, testamur_workers.tasks") & heavy


def test_the_runner_knows_no_database_and_no_broker():
    modules = ", ".join(f"testamur_workers.{name}" for name in ("runner", "wire", "explain", "request"))
    loaded = loaded_after(f"import {modules}\nimport testamur.hooks.registry, testamur.pipeline.run_job")
    assert not loaded & {"celery", "kombu", "redis", "sqlmodel", "sqlalchemy"}


def test_a_lock_goes_with_its_process(tmp_path):
    lock, log = tmp_path / "x.lock", tmp_path / "x.log"
    command = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
    pid = spawn_detached(command, lock=lock, log=log, environ=dict(os.environ))
    assert holder(lock) == pid
    assert spawn_detached(command, lock=lock, log=log, environ=dict(os.environ)) is None
    assert take_lock(lock) is None
    with pytest.raises(TimeoutError, match="another process"), locked(lock, timeout_s=0.05):
        raise AssertionError("the lock was given twice")
    os.kill(pid, signal.SIGKILL)
    assert wait_until_free(lock, timeout_s=5)
    reap(pid)
    assert holder(lock) is None
    assert lock.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["plain", 'a "b" \\ ü c', "long" * 30])
def test_the_embedded_broker_keeps_messages_over_a_kill(tmp_path, name):
    settings = Settings.from_environment({"TESTAMUR_HOME": str(tmp_path / name)})
    broker = EmbeddedBroker(settings)
    try:
        pid = broker.start(wait_s=10)
        assert broker.start(wait_s=10) == pid
        assert socket_path(settings).stat().st_mode & 0o077 == 0
        queue = CeleryQueue(settings)
        queue.send("0123456789ab", "urgent")
        assert queue.depths() == {"urgent": 1, "normal": 0, "batch": 0}
        with connect(settings) as client:
            body = json.loads(client.lindex("urgent", 0))
            assert client.config_get("port")["port"] == "0"
        assert body["content-type"] == "application/json"
        time.sleep(1.1)  # appendfsync everysec
        os.kill(pid, signal.SIGKILL)
        wait_until_free(broker._lock, timeout_s=5)
        reap(pid)
        assert queue.ping() is False
        broker.start(wait_s=10)
        assert queue.depths()["urgent"] == 1
    finally:
        assert broker.stop(wait_s=5)
    assert broker.pid is None


def test_events_are_lost_quietly_while_the_broker_is_away(tmp_path):
    events = StreamEvents(Settings.from_environment({"TESTAMUR_HOME": str(tmp_path)}))
    begin = time.monotonic()
    for _ in range(1000):
        events.publish(Event(job_id="a", kind=EventKind.LOG, at=datetime.now(UTC), data={}))
    events.close()
    assert events._silent_until > begin


def test_celery_is_set_as_measured(tmp_path):
    conf = make_app(Settings.from_environment({"TESTAMUR_HOME": str(tmp_path)})).conf
    assert conf.accept_content == ["json"]
    assert conf.task_acks_late is False
    assert conf.worker_disable_prefetch is True
    assert conf.task_create_missing_queues is False
    assert conf.broker_transport_options["queue_order_strategy"] == "priority"
    assert tuple(queue.name for queue in conf.task_queues) == QUEUES


def test_a_waiting_runner_dies_with_its_parent(tmp_path):
    code = (
        "import time\nfrom testamur.settings import Settings\n"
        "from testamur_workers.process import RunnerProcess\n"
        f"runner = RunnerProcess(Settings.from_environment({{'TESTAMUR_HOME': {str(tmp_path)!r}}}))\n"
        "print(runner.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("the runner outlived its parent")


def n_open() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_closed_runner_leaves_nothing_open(tmp_path):
    before = n_open()
    with RunnerProcess(Settings.from_environment({"TESTAMUR_HOME": str(tmp_path)})) as runner:
        assert runner.returncode is None
    assert runner.returncode == -signal.SIGKILL
    assert n_open() == before
