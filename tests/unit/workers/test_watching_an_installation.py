"""Metrics, logs as JSON, spans: what an operator's tools are told."""

import json
import logging
import urllib.request
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from testamur.contracts.device import Device
from testamur.contracts.errors import ConfigurationError, StoreError
from testamur.contracts.job import Claim, JobSpec, Priority, State
from testamur.settings import Settings
from testamur.store.claims import WORKER_LOST
from testamur.store.measures import read_measures
from testamur.store.repository import JobRepository
from testamur.store.skew import clock_skew
from testamur_workers.log_format import JsonLines
from testamur_workers.logs import AttemptLog
from testamur_workers.metrics import Exposition, serve_metrics
from testamur_workers.probe import probe_walls
from testamur_workers.traces import NoTrace, SpanTrace, make_tracer, trace_attempt

CLAIM = Claim(job_id="abc", attempt=2, token=1, worker="gpu0@h", lease_until=datetime.now(UTC))
GPU = Device(id="GPU-a", total_mib=100, free_mib=90)


class OneGpu:
    def devices(self):
        return [GPU]


def spec(priority: str = "normal") -> JobSpec:
    return JobSpec.parse({"dataset": {"use": "health.nhefs"}, "job": {"priority": priority}})


@pytest.fixture
def busy(any_store):
    """One job waits, one runs on the GPU, one is done after its worker was lost once."""
    jobs = JobRepository(any_store)
    done, running, _ = jobs.add(spec()), jobs.add(spec("urgent")), jobs.add(spec("batch"))
    claim = {"worker": "w", "host": "h", "pid": 1, "lease_s": 30.0}
    jobs.claim(done.id, **claim)
    jobs.release_dead("h", lambda pid: False)
    jobs.finish(jobs.claim(done.id, **claim), State.DONE)
    jobs.claim(running.id, **claim, offered=[GPU])
    return any_store


def told(store) -> dict[str, float]:
    """Samples by name and labels."""
    found = {}
    for family in Exposition(store, OneGpu()).collect():
        for sample in family.samples:
            found[sample.name + "".join(f" {value}" for value in sample.labels.values())] = sample.value
    return found


def test_metrics_are_counted_in_the_database(busy):
    seen = told(busy)
    assert seen["testamur_database_up"] == 1
    waiting = {queue: seen[f"testamur_jobs {queue} queued"] for queue in ("urgent", "normal", "batch")}
    assert waiting == {"urgent": 0, "normal": 0, "batch": 1}
    assert (seen["testamur_jobs urgent running"], seen["testamur_jobs normal done"]) == (1, 1)
    assert seen[f"testamur_attempts_total lost {WORKER_LOST}"] == seen["testamur_lease_expiries_total"] == 1
    assert (seen["testamur_wait_seconds_count normal"], seen["testamur_run_seconds_count normal"]) == (1, 2)
    assert seen["testamur_device_leased GPU-a"] == 1
    assert seen["testamur_device_free_bytes GPU-a"] == 90 * 2**20


def test_durations_are_seconds_on_both_databases(any_store):
    begin = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    moments = iter([begin, begin.replace(minute=2)] + [begin.replace(minute=5)] * 9)
    jobs = JobRepository(any_store, clock=lambda: next(moments))
    job = jobs.add(spec())
    jobs.finish(jobs.claim(job.id, worker="w", host="h", pid=1, lease_s=30), State.DONE)
    measures = read_measures(any_store)
    assert measures.waited[Priority.NORMAL].seconds == pytest.approx(120, abs=0.01)
    assert measures.ran[Priority.NORMAL].seconds == pytest.approx(180, abs=0.01)


def test_a_database_that_is_away_is_told_as_such(sqlite_store, monkeypatch):
    def refuse(store):
        raise StoreError("the database does not answer")

    monkeypatch.setattr("testamur_workers.metrics.read_measures", refuse)
    assert told(sqlite_store) == {"testamur_database_up": 0}


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_metrics_are_served_on_the_loopback_by_one_worker_of_a_machine(home):
    port = free_port()
    settings = Settings.from_environment({"TESTAMUR_HOME": str(home), "TESTAMUR_METRICS_PORT": str(port)})
    server = serve_metrics(settings)
    try:
        assert server.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert b'testamur_jobs{queue="normal",state="queued"} 0.0' in answer.read()
        assert serve_metrics(settings) is None  # the port is taken: the same numbers are there already
    finally:
        server.shutdown()
        server.server_close()
    assert serve_metrics(Settings.from_environment({"TESTAMUR_HOME": str(home)})) is None


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_refused(home, port):
    with pytest.raises(ConfigurationError, match="TESTAMUR_METRICS_PORT"):
        Settings.from_environment({"TESTAMUR_HOME": str(home), "TESTAMUR_METRICS_PORT": port})


def test_a_log_as_json_names_job_and_attempt_and_no_secret(tmp_path):
    path = tmp_path / "attempt-2.log"
    log = AttemptLog(path, lambda text: text.replace("s3cret", "***"), {"job_id": "abc", "attempt": 2})
    log.write("reading with s3cret\n", level="warning")
    log.close()
    line = json.loads(path.read_text())
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "warning", "job_id": "abc", "attempt": 2, "message": "reading with ***"}


def test_a_process_logs_json_without_the_text_of_an_error(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "tok-123456")
    try:
        raise ValueError("Jane Doe, born 1970")
    except ValueError as error:
        seen = (type(error), error, error.__traceback__)
    record = logging.LogRecord("worker", logging.ERROR, "", 1, "no answer with %s", ("tok-123456",), seen)
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["message"], line["error"]) == ("error", "no answer with ***", "ValueError")
    assert "Jane" not in json.dumps(line)


def test_an_attempt_is_a_span_and_its_stages_lie_inside():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace = SpanTrace(provider.get_tracer("t"), CLAIM)
    for stage in ("load", "fit"):
        trace.stage(stage)
    trace.end("done")
    load, fit, whole = exporter.get_finished_spans()
    assert [span.name for span in (load, fit, whole)] == ["load", "fit", "attempt"]
    assert load.parent.span_id == fit.parent.span_id == whole.context.span_id
    assert dict(whole.attributes) == {
        "testamur.job_id": "abc",
        "testamur.attempt": 2,
        "testamur.worker": "gpu0@h",
        "testamur.state": "done",
    }


def test_without_a_wish_nothing_is_traced(settings):
    assert make_tracer(settings) is None
    assert isinstance(trace_attempt(None, CLAIM), NoTrace)


def test_the_clock_is_compared_with_that_of_the_database(any_store):
    assert abs(clock_skew(any_store)) < 1.0


def test_the_kernel_is_asked_for_every_wall_that_depends_on_it():
    assert set(probe_walls()) == {"files", "signing key", "system calls", "network"}
