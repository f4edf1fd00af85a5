"""Takes a request in: checked, stored, and only then sent."""

from __future__ import annotations

import logging
from pathlib import Path

from testamur.contracts.errors import BrokerUnavailable, ConfigurationError, Problem, StoreError
from testamur.contracts.job import Job, JobSpec, Priority, State
from testamur.contracts.plugin import PluginStatus
from testamur.contracts.protocols import Queue
from testamur.contracts.secrets import is_own
from testamur.jobs.states import WrongState, check_transition
from testamur.jobs.validate import Registered, resolve_job
from testamur.store.clock import Clock, read_clock
from testamur.store.repository import JobRepository
from testamur.store.session import Store

_log = logging.getLogger(__name__)


def submit_job(
    spec: JobSpec,
    *,
    registry: Registered,
    store: Store,
    queue: Queue,
    base: Path,
    clock: Clock = read_clock,
    datasets: Path | None = None,
    owner: str = "",
) -> Job:
    """Check a request, store it, then send it to the workers.

    A request with a client key that was submitted before gives that job, in whatever state it is.

    Args:
        spec: The request.
        registry: What is installed.
        store: Where jobs are kept.
        queue: The way to the workers.
        base: Folder that relative paths start from.
        clock: Returns the present moment with its zone.
        datasets: Folder of fetched data sets; a job on one that is not there is refused.
        owner: Who asks.

    Returns:
        The queued job; `sent` is False when the broker did not answer. It is kept then, and
        `send_waiting` sends it later.

    Raises:
        ConfigurationError: With every fault; nothing is stored.
        KeyTaken: The client key stands for another request; nothing is stored.
        QuotaExceeded: The owner or the project has as many jobs waiting as it may; nothing is stored.
        StoreError: The database refused; nothing is stored.
    """
    _refuse_call(spec)
    _refuse_own_variable(spec)
    resolved = resolve_job(spec, registry, base=base, clock=clock, datasets=datasets)
    active = {info.name: info.version for info in registry.plugins() if info.status is PluginStatus.ACTIVE}
    jobs = JobRepository(store, clock=clock)
    key = spec.job.client_key
    known = jobs.find_by_key(key) if key else None
    # Noted as sent before it is: one write less. Should this process end in between, the reaper finds a
    # job that waits although no message does, and sends it.
    job = jobs.add(resolved.spec, base=str(base.absolute()), plugins=active, owner=owner, sent=True)
    if known is None:
        return _send_noted(jobs, queue, job)
    waits_unsent = job.state is State.QUEUED and not job.sent
    return _send(jobs, queue, job) if waits_unsent else job


def _refuse_call(spec: JobSpec) -> None:
    """A queued job names files, never code: who may fill the queue must not choose what workers import."""
    if spec.examined is None or spec.examined.call is None:
        return
    message = "a model file or predictions are required of a queued job, however: a callable"
    remedy = "testamur audit runs it in the process in which it is named"
    raise ConfigurationError("The job cannot be used", [Problem("examined.call", message, remedy)])


def _refuse_own_variable(spec: JobSpec) -> None:
    """A queued job may name a variable of the workers, but none of the platform's own."""
    name = (spec.dataset.url or "").removeprefix("env:")
    if name == spec.dataset.url or not is_own(name):
        return
    message = f"a variable that holds the data's own URL is required, however: {name} is the platform's"
    raise ConfigurationError("The job cannot be used", [Problem("dataset.url", message)])


def send_waiting(
    store: Store,
    queue: Queue,
    *,
    resend_after_s: float | None = None,
    limit: int | None = None,
    clock: Clock = read_clock,
) -> list[Job]:
    """Send the queued jobs whose message has not reached the broker, oldest first.

    Args:
        store: Where jobs are kept.
        queue: The way to the workers.
        resend_after_s: Also send again what was sent longer ago than this and is still queued.
        limit: At most so many.
        clock: Returns the present moment with its zone.

    Returns:
        The jobs that were sent; it stops at the first that the broker does not take.

    Raises:
        StoreError: The database refused.
    """
    jobs = JobRepository(store, clock=clock)
    sent = []
    for job in jobs.waiting_to_send(resend_after_s=resend_after_s, limit=limit):
        job = _send(jobs, queue, job)
        if not job.sent:
            break
        sent.append(job)
    return sent


def cancel_job(id_or_prefix: str, *, store: Store, clock: Clock = read_clock) -> Job:
    """Cancel a queued job at once; ask a running one to end. A cancelled job stays cancelled.

    Raises:
        NotFound: No job, or several.
        WrongState: The job is done or has failed.
        StoreError: The database refused.
    """
    job = JobRepository(store, clock=clock).request_cancel(id_or_prefix)
    if job.state is not State.CANCELLED and not job.cancel_requested:
        check_transition(job.state, State.CANCELLED)
    return job


def move_job(id_or_prefix: str, priority: Priority, *, store: Store, clock: Clock = read_clock) -> Job:
    """Let a queued job wait in another queue, behind those that wait there.

    Raises:
        NotFound: No job, or several.
        WrongState: The job does not wait any more.
        StoreError: The database refused.
    """
    job = JobRepository(store, clock=clock).move(id_or_prefix, priority)
    if job.state is not State.QUEUED:
        raise WrongState(f"a job that waits is required, however: it is {job.state.value}")
    return job


def retry_job(id_or_prefix: str, *, store: Store, queue: Queue, clock: Clock = read_clock) -> Job:
    """Queue a failed or cancelled job again, with the same seed, and send it.

    Returns:
        The queued job; `sent` is False when the broker did not answer.

    Raises:
        NotFound: No job, or several.
        WrongState: The job is queued, running or done.
        StoreError: The database refused.
    """
    jobs = JobRepository(store, clock=clock)
    check_transition(jobs.get(id_or_prefix).state, State.QUEUED)
    return _send(jobs, queue, jobs.retry(id_or_prefix))


def _send_noted(jobs: JobRepository, queue: Queue, job: Job) -> Job:
    """Send one job that is noted as sent already."""
    try:
        queue.send(job.id, job.priority.value)
    except BrokerUnavailable:
        try:
            jobs.mark_unsent(job.id)
        except StoreError as error:  # it stays noted: the reaper sends it when no message waits
            _log.warning("job %s was not sent, which could not be noted: %s", job.id, error.message)
        return job.model_copy(update={"sent": False})
    return job


def _send(jobs: JobRepository, queue: Queue, job: Job) -> Job:
    """Send one job; a broker that is away leaves it unsent. No fault of the database is raised from here."""
    try:
        queue.send(job.id, job.priority.value)
    except BrokerUnavailable:
        return job.model_copy(update={"sent": False})
    try:
        jobs.mark_sent(job.id)
    except StoreError as error:
        # The job is stored and its message is with the broker. It will be sent once more, which does
        # no harm: the claim decides who runs it, and only once.
        _log.warning("job %s was sent, which could not be noted: %s", job.id, error.message)
    return job.model_copy(update={"sent": True})
