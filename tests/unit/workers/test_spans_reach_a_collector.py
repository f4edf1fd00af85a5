"""Spans go over HTTP to a collector on the loopback, as OTLP says: protobuf, decoded by its own schema."""

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from testamur.contracts.job import Claim
from testamur.settings import Settings
from testamur_workers.traces import close_tracer, make_tracer, trace_attempt

CLAIM = Claim(job_id="abc", attempt=2, token=1, worker="gpu0@h", lease_until=datetime.now(UTC))


@pytest.fixture
def collector():
    """An HTTP server that keeps what is posted to it."""
    posted: list[tuple[str, str, bytes]] = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, self.headers["Content-Type"], body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            return

    server = HTTPServer(("127.0.0.1", 0), Keep)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", posted
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_attempt_arrives_as_a_span_with_its_stages_inside(collector, home, monkeypatch):
    endpoint, posted = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    tracer = make_tracer(Settings.from_environment({"TESTAMUR_HOME": str(home), "TESTAMUR_TRACES": "otlp"}))
    trace = trace_attempt(tracer, CLAIM)
    trace.stage("load")
    trace.stage("fit")
    trace.end("done")
    close_tracer(tracer)  # as a worker does that is stopped: nothing waits for the next batch
    assert {(path, kind) for path, kind, _ in posted} == {("/v1/traces", "application/x-protobuf")}
    requests = [ExportTraceServiceRequest.FromString(body) for _, _, body in posted]
    resources = [whole for request in requests for whole in request.resource_spans]
    names = {(fact.key, fact.value.string_value) for one in resources for fact in one.resource.attributes}
    assert ("service.name", "testamur") in names
    spans = {span.name: span for one in resources for scope in one.scope_spans for span in scope.spans}
    assert set(spans) == {"attempt", "load", "fit"}
    whole = spans["attempt"]
    facts = {fact.key: fact.value.string_value or fact.value.int_value for fact in whole.attributes}
    assert facts == {
        "testamur.job_id": "abc", "testamur.attempt": 2, "testamur.worker": "gpu0@h",
        "testamur.state": "done",
    }  # fmt: skip
    for name in ("load", "fit"):
        stage = spans[name]
        assert (stage.parent_span_id, stage.trace_id) == (whole.span_id, whole.trace_id)
        assert whole.start_time_unix_nano <= stage.start_time_unix_nano <= stage.end_time_unix_nano
        assert not stage.attributes  # no data
    assert spans["load"].end_time_unix_nano <= spans["fit"].start_time_unix_nano
