"""``/metrics`` for Prometheus, on the loopback, counted in the database each time it is asked.

Every worker of every machine would say the same, so that the first one of a machine serves and a
second one leaves it at that. Needs the extra ``metrics``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from testamur.contracts.errors import ConfigurationError, Problem, StoreError
from testamur.settings import Settings
from testamur.store.claims import WORKER_LOST
from testamur.store.measures import Measures, read_measures
from testamur.store.session import Store, open_store
from testamur_workers.devices import DeviceSource, find_source

_log = logging.getLogger(__name__)
ADDRESS = "127.0.0.1"


class Exposition:
    """What Prometheus collects.

    Args:
        store: Where everything is counted.
        source: Where devices are looked up.
    """

    def __init__(self, store: Store, source: DeviceSource) -> None:
        self._store = store
        self._source = source

    def collect(self) -> Iterator[Any]:
        """The metrics of this moment; with a database that does not answer, that alone."""
        from prometheus_client.core import GaugeMetricFamily

        up = GaugeMetricFamily("testamur_database_up", "1 when the database answers")
        try:
            measures = read_measures(self._store)
        except StoreError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _of_jobs(measures)
        yield from self._of_devices(measures)

    def _of_devices(self, measures: Measures) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        leased = GaugeMetricFamily("testamur_device_leased", "1 for a leased device", labels=["device"])
        free = GaugeMetricFamily("testamur_device_free_bytes", "Free memory of a device", labels=["device"])
        for device in self._source.devices():
            leased.add_metric([device.id], float(device.id in measures.devices))
            free.add_metric([device.id], device.free_mib * 2**20)
        yield leased
        yield free


def _of_jobs(measures: Measures) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily

    jobs = GaugeMetricFamily("testamur_jobs", "Stored jobs", labels=["queue", "state"])
    for (priority, state), n in measures.jobs.items():
        jobs.add_metric([priority.value, state.value], n)
    yield jobs
    attempts = CounterMetricFamily("testamur_attempts", "Attempts", labels=["outcome", "kind"])
    for (outcome, kind), n in measures.attempts.items():
        attempts.add_metric([outcome, kind], n)
    yield attempts
    expired = sum(n for (_, kind), n in measures.attempts.items() if kind == WORKER_LOST)
    yield CounterMetricFamily("testamur_lease_expiries", "Attempts taken back from silent workers", expired)
    for name, words, durations in (
        ("testamur_wait_seconds", "From queued to the first attempt", measures.waited),
        ("testamur_run_seconds", "Ended attempts", measures.ran),
    ):
        summary = SummaryMetricFamily(name, words, labels=["queue"])
        for priority, duration in durations.items():
            summary.add_metric([priority.value], count_value=duration.n, sum_value=duration.seconds)
        yield summary


def serve_metrics(settings: Settings) -> Any:
    """Serve on ``127.0.0.1:TESTAMUR_METRICS_PORT`` in a thread; nothing where no port is named.

    Returns:
        The server, or None.

    Raises:
        ConfigurationError: The extra is not installed.
    """
    if not settings.metrics_port:
        return None
    try:
        from prometheus_client import CollectorRegistry, start_http_server
    except ModuleNotFoundError as error:
        problem = Problem(
            "TESTAMUR_METRICS_PORT", "prometheus-client is required, however: it is not installed"
        )
        remedy = "pip install 'testamur[metrics]'"
        raise ConfigurationError("Metrics cannot be served", [problem], remedy=remedy) from error
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Exposition(open_store(settings), find_source()))
    try:
        return start_http_server(settings.metrics_port, addr=ADDRESS, registry=registry)[0]
    except OSError as error:  # another worker of this machine serves the same numbers
        _log.info("metrics are not served from here: %s", error.strerror)
        return None
