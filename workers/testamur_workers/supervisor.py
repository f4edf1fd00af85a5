"""Runs attempts: claims a job, starts a runner, watches it, writes down how it ended.

A supervisor lives in a Celery worker and never imports torch: it must stay alive and answer when
the job does not.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from testamur.contracts.device import Device
from testamur.contracts.errors import IntegrityError
from testamur.contracts.job import Claim, Job, State
from testamur.contracts.objects import is_object
from testamur.contracts.protocols import Events, Queue
from testamur.contracts.secrets import is_own
from testamur.jobs.submit import send_waiting
from testamur.report.keys import SigningKey, load_or_create
from testamur.settings import Settings
from testamur.store.reading import UnreadableRequest, to_job
from testamur.store.repository import JobRepository
from testamur.store.session import Store, open_store
from testamur.store.take import Claimant, Taken
from testamur_workers.bounds import bounds_of, clear_scratch, closed_paths
from testamur_workers.bring_data import bring_data
from testamur_workers.devices import DeviceSource, find_source, visible_devices
from testamur_workers.hand_in import attempt_folder, clear_away, hand_in
from testamur_workers.keep_claim import keep_claim
from testamur_workers.logs import AttemptLog, log_path
from testamur_workers.memory import MIB, Killed, count_oom_kills
from testamur_workers.places import host_name, make_private
from testamur_workers.recorder import Recorder
from testamur_workers.request import AttemptRequest
from testamur_workers.scrub import Scrubber
from testamur_workers.sealing import seal_attempt
from testamur_workers.settle import settle
from testamur_workers.shelf import Shelf
from testamur_workers.standby import Runner, Standby
from testamur_workers.traces import trace_attempt
from testamur_workers.watch import Departure, Terms, Watch

SETTLE_PATIENCE_S = 60.0


class Supervisor:
    """Executes attempts, one after another.

    Args:
        settings: Of the worker.
        worker: Its name, such as ``cpu0@host``.
        queue: The way back for a job that must run again.
        events: Where watchers read.
        standby: Where runners come from.
        stop_mark: File that exists once the worker must stop.
        source: Where GPUs are looked up; None: NVML or ``nvidia-smi``.
        tracer: From `traces.make_tracer`, or None.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        worker: str,
        queue: Queue,
        events: Events,
        standby: Standby,
        stop_mark: Path,
        source: DeviceSource | None = None,
        tracer: Any = None,
    ) -> None:
        self._settings = settings
        self._worker = worker
        self._queue = queue
        self._events = events
        self._standby = standby
        self._stop_mark = stop_mark
        self._source = source or find_source()
        self._tracer = tracer
        self._killed = Killed()
        self._closed = tuple(str(path) for path in closed_paths(settings))

    def run_waiting(self, store: Store | None = None) -> int:
        """Run the jobs whose turn it is, one after another, until none may run or the worker must stop.

        Args:
            store: An open one of the same settings; None: one is opened, and closed at the end.

        Returns:
            How many attempts were run.

        Raises:
            StoreError: The database refused.
        """
        n_attempts = 0
        with nullcontext(store) if store is not None else open_store(self._settings) as store:
            jobs = JobRepository(store)
            while not self._stop_mark.exists():  # what waits then is for others; messages only wake
                self._standby.prepare()  # it gets ready while the job is being claimed
                claimed_at = time.monotonic()
                taken = self._take(jobs)
                if taken is None:
                    return n_attempts
                n_attempts += 1
                if self._attempt(taken, jobs, claimed_at) is State.QUEUED:
                    send_waiting(store, self._queue)
        return n_attempts

    def _take(self, jobs: JobRepository) -> Taken | None:
        claimant = Claimant(
            worker=self._worker,
            host=host_name(self._settings),
            pid=os.getpid(),
            lease_s=self._settings.lease_s,
            offered=self._offer(),
        )
        return jobs.take_next(claimant, ageing_s=self._settings.ageing_s)

    def _offer(self) -> list[Device] | None:
        """The GPUs that this worker may lease, as they are now; None where it serves the CPU."""
        if self._settings.device == "cpu":
            return None
        return visible_devices(self._source, os.environ) or None

    def _attempt(self, taken: Taken, jobs: JobRepository, claimed_at: float) -> State | None:
        claim = taken.claim
        try:
            job = to_job(taken.row)
        except UnreadableRequest as error:  # of another version: no worker of this one could run it
            jobs.finish(claim, State.FAILED, error=error.message, error_kind=error.kind)
            return State.FAILED
        make_private(self._settings.job_folder(job.id))
        try:
            key = load_or_create(self._settings.home)
        except IntegrityError as error:  # open to others, or no key: nothing could be sealed with it
            jobs.finish(claim, State.FAILED, error=str(error), error_kind=error.kind)
            return State.FAILED
        scrub = Scrubber(os.environ, named=_named_variables(job))
        names = {"job_id": job.id, "attempt": claim.attempt, "worker": claim.worker}
        log = AttemptLog(
            log_path(self._settings, job.id, claim.attempt),
            scrub,
            names if self._settings.log_format == "json" else None,
        )
        trace = trace_attempt(self._tracer, claim)
        recorder = Recorder(claim, jobs=jobs, events=self._events, log=log, trace=trace)
        shelf = Shelf(self._settings, claim, recorder)
        try:
            recorder.tell_state(State.RUNNING.value, "")
            final = self._settings.dossier_folder(job.id)
            n_oom_kills = self._killed.before()
            with self._keeping(jobs, claim, is_object(job.spec.dataset.path or "")):
                shelf.bring_checkpoint()
                brought = bring_data(job, claim, self._settings, jobs)
            if isinstance(brought, Departure):
                departure = brought
            else:
                request = self._request(job, claim, key, brought)
                shelf.begin_copying()
                departure = self._follow(request, job, claim, jobs, recorder, scrub, claimed_at)
            with self._keeping(jobs, claim, departure.ending is not None and departure.ending.kind == "done"):
                departure = seal_attempt(departure, claim, key=key, final=final, jobs=jobs)
                shelf.keep(departure)
            state, reason = settle(
                departure,
                claim,
                jobs,
                n_oom_kills=count_oom_kills() - n_oom_kills if departure.returncode == -signal.SIGKILL else 0,
                patience_s=SETTLE_PATIENCE_S,
                may_halve=job.spec.job.halve_batch and job.micro_batches == 1,
                hand_in=partial(hand_in, final, claim.attempt),
            )
            clear_away(final, claim.attempt)
            clear_scratch(self._settings, claim)
            if state is State.DONE:
                shelf.drop_checkpoints()
            if state is State.DONE and departure.ending is not None:
                recorder.tell_result(dossier=departure.ending.dossier, cleared=departure.ending.cleared)
            if state is not None:
                recorder.tell_state(state.value, reason)
            trace.end(state.value if state is not None else "fenced")
            return state
        finally:
            shelf.end_copying()
            log.close()

    def _keeping(self, jobs: JobRepository, claim: Claim, slow: bool) -> AbstractContextManager[None]:
        """Keep the claim while files are moved or sealed; where there are none it is not worth a thread."""
        slow = slow or bool(self._settings.artifacts)
        return keep_claim(jobs, claim, lease_s=self._settings.lease_s) if slow else nullcontext()

    def _follow(
        self,
        request: AttemptRequest,
        job: Job,
        claim: Claim,
        jobs: JobRepository,
        recorder: Recorder,
        scrub: Scrubber,
        claimed_at: float,
    ) -> Departure:
        with self._standby.take() as runner:
            departure = self._watch(runner, request, job, claim, jobs, recorder, claimed_at)
        ending = departure.ending
        if ending is not None:
            final = str(self._settings.dossier_folder(job.id)) if ending.dossier else ""
            ending = ending.model_copy(update={"message": scrub(ending.message), "dossier": final})
        return replace(departure, ending=ending)

    def _watch(
        self,
        runner: Runner,
        request: AttemptRequest,
        job: Job,
        claim: Claim,
        jobs: JobRepository,
        recorder: Recorder,
        claimed_at: float,
    ) -> Departure:
        runner.hand_over(request)  # a dead one is noticed at once by the watch
        asked = job.spec.job
        terms = Terms(
            self._settings.lease_s,
            asked.deadline,
            self._stop_mark.exists,
            time_limit_s=asked.time_limit_s,
            memory_limit=asked.memory_limit_mb and asked.memory_limit_mb * MIB,
            claimed_at=claimed_at,
        )
        return Watch(runner, claim, jobs=jobs, recorder=recorder, terms=terms).follow()

    def _request(self, job: Job, claim: Claim, key: SigningKey, brought: str) -> AttemptRequest:
        return AttemptRequest(
            spec=job.spec,
            job_id=job.id,
            attempt=claim.attempt,
            folder=str(self._settings.job_folder(job.id)),
            dossier=str(attempt_folder(self._settings.dossier_folder(job.id), claim.attempt)),
            home=str(self._settings.home),
            base=job.base,
            device=self._settings.device,
            threads=self._settings.threads,
            devices=claim.devices,
            variables={name: os.environ[name] for name in _named_variables(job) if name in os.environ},
            bounds=bounds_of(job, claim, self._settings, closed=self._closed),
            lease_s=self._settings.lease_s,
            micro_batches=job.micro_batches,
            sealer=key.public_pem.decode(),
            brought=brought,
        )


def _named_variables(job: Job) -> tuple[str, ...]:
    """Variables of the environment that the job takes a URL from."""
    url = job.spec.dataset.url or ""
    name = url.removeprefix("env:")
    return (name,) if url.startswith("env:") and not is_own(name) else ()
