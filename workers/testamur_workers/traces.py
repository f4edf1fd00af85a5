"""OpenTelemetry: a span for each attempt, and one for each of its stages. Needs the extra ``traces``.

Switched on by ``TESTAMUR_TRACES``; where the spans go is told by OpenTelemetry's own variables
(``OTEL_EXPORTER_OTLP_ENDPOINT`` and the like). Spans carry the job's and the attempt's number, no data.
"""

from __future__ import annotations

from typing import Any, Protocol

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.job import Claim
from testamur.settings import Settings


class Trace(Protocol):
    """Hears how an attempt goes."""

    def stage(self, name: str) -> None:
        """The attempt has entered a stage."""
        ...

    def end(self, state: str) -> None:
        """The attempt has ended and left its job in a state."""
        ...


class NoTrace:
    """Nobody asked for traces."""

    def stage(self, name: str) -> None:
        """Nothing to do."""

    def end(self, state: str) -> None:
        """Nothing to do."""


class SpanTrace:
    """Turns an attempt into spans.

    Args:
        tracer: Of OpenTelemetry.
        claim: The attempt.
    """

    def __init__(self, tracer: Any, claim: Claim) -> None:
        from opentelemetry.trace import set_span_in_context

        self._tracer = tracer
        facts = {
            "testamur.job_id": claim.job_id,
            "testamur.attempt": claim.attempt,
            "testamur.worker": claim.worker,
        }
        self._whole = tracer.start_span("attempt", attributes=facts)
        self._inside = set_span_in_context(self._whole)
        self._stage: Any = None

    def stage(self, name: str) -> None:
        """End the span of the stage before, and begin the next."""
        self._close_stage()
        self._stage = self._tracer.start_span(name, context=self._inside)

    def end(self, state: str) -> None:
        """End both."""
        self._close_stage()
        self._whole.set_attribute("testamur.state", state)
        self._whole.end()

    def _close_stage(self) -> None:
        if self._stage is not None:
            self._stage.end()
            self._stage = None


def make_tracer(settings: Settings) -> Any:
    """The tracer that the operator asks for, or None.

    Raises:
        ConfigurationError: The extra is not installed.
    """
    if settings.traces == "off":
        return None
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

        if settings.traces == "otlp":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Exporter
        else:
            Exporter = ConsoleSpanExporter  # noqa: N806 - a class
    except ModuleNotFoundError as error:
        problem = Problem("TESTAMUR_TRACES", f"{error.name} is required, however: it is not installed")
        remedy = "pip install 'testamur[traces]'"
        raise ConfigurationError("Traces cannot be written", [problem], remedy=remedy) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "testamur"}))
    provider.add_span_processor(BatchSpanProcessor(Exporter()))
    return provider.get_tracer("testamur")


def close_tracer(tracer: Any) -> None:
    """Send what has not been sent yet: what is registered for the exit of a pool process never runs."""
    if tracer is not None:
        tracer.span_processor.shutdown()


def trace_attempt(tracer: Any, claim: Claim) -> Trace:
    """How one attempt is traced."""
    return NoTrace() if tracer is None else SpanTrace(tracer, claim)
