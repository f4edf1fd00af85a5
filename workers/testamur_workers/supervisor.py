"""Runs attempts: claims a job, starts a runner, watches it, writes down how it ended.

A supervisor lives in a Celery worker and never imports torch: it must stay alive and answer when
the job does not.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
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
from testamur_workers.traces import Trace, trace_attempt
from testamur_workers.watch import Departure, Terms, Watch

SETTLE_PATIENCE_S = 60.0
ENDS_WITHIN_S = 60.0  # a runner after its last word; the kernel takes a second for a gigabyte or two


@dataclass(frozen=True, slots=True)
class Underway:
    """An attempt that is being run, with whoever is told of it.

    Attributes:
        job: What runs.
        claim: The right to run it.
        claimed_at: A moment before the claim, by the monotonic clock.
        final: Where its dossier goes at last.
        recorder: Who hears what happens.
        scrub: Takes secrets out of a text.
        shelf: The artifacts that machines share.
        trace: Its spans.
    """

    job: Job
    claim: Claim
    claimed_at: float
    final: Path
    recorder: Recorder
    scrub: Scrubber
    shelf: Shelf
    trace: Trace

    def cleaned(self, departure: Departure) -> Departure:
        """Without secrets in its words, and with the dossier where it will be."""
        ending = departure.ending
        if ending is None:
            return departure
        changes = {
            "message": self.scrub(ending.message),
            "dossier": str(self.final) if ending.dossier else "",
        }
        return replace(departure, ending=ending.model_copy(update=changes))


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
            make_private(self._settings.job_folder(job.id))
            key = load_or_create(self._settings.home)
        except (UnreadableRequest, IntegrityError) as error:
            # of another version: no worker of this one could run it. Or the key is open to others, or none
            reason = error.message if isinstance(error, UnreadableRequest) else str(error)
            jobs.finish(claim, State.FAILED, error=reason, error_kind=error.kind)
            return State.FAILED
        with self._underway(job, claim, jobs, claimed_at) as run:
            n_oom_kills = self._killed.before()
            departure = self._depart(run, jobs, key)
            with self._keeping(jobs, claim, departure.ending is not None and departure.ending.kind == "done"):
                departure = seal_attempt(departure, claim, key=key, final=run.final, jobs=jobs)
                run.shelf.keep(departure)
            return self._write_down(run, jobs, departure, n_oom_kills)

    @contextmanager
    def _underway(self, job: Job, claim: Claim, jobs: JobRepository, claimed_at: float) -> Iterator[Underway]:
        """Have a log and whoever else is told, until the block ends."""
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
        final = self._settings.dossier_folder(job.id)
        try:
            yield Underway(job, claim, claimed_at, final, recorder, scrub, shelf, trace)
        finally:
            shelf.end_copying()
            log.close()

    def _depart(self, run: Underway, jobs: JobRepository, key: SigningKey) -> Departure:
        """Bring what the attempt needs, run it, and hear how its runner ended."""
        remote = is_object(run.job.spec.dataset.path or "")
        slow = remote or bool(self._settings.artifacts)
        if slow:  # else its runner is begun first: whoever watches hears of both in the same moment
            run.recorder.tell_state(State.RUNNING.value, "")
        with self._keeping(jobs, run.claim, remote):
            run.shelf.bring_checkpoint()
            brought = bring_data(run.job, run.claim, self._settings, jobs)
        if isinstance(brought, Departure):
            return brought
        request = self._request(run.job, run.claim, key, brought)
        self._wait_for_last(run, jobs)
        run.shelf.begin_copying()
        with self._standby.take() as runner:
            self._standby.prepare_next()
            runner.hand_over(request)  # a dead one is noticed at once by the watch
            if not slow:
                run.recorder.tell_state(State.RUNNING.value, "")
            departure = self._watch(runner, run, jobs)
        return run.cleaned(departure)

    def _wait_for_last(self, run: Underway, jobs: JobRepository) -> None:
        """Let the kernel take back what the runner before held: usually it has, before one asks."""
        if self._standby.wait_for_last(timeout_s=1.0):
            return
        with keep_claim(jobs, run.claim, lease_s=self._settings.lease_s):
            if not self._standby.wait_for_last(timeout_s=ENDS_WITHIN_S):
                message = (
                    f"the runner before has not ended within {ENDS_WITHIN_S:.0f} s; this one begins beside it"
                )
                run.recorder.say(message, level="warning")

    def _watch(self, runner: Runner, run: Underway, jobs: JobRepository) -> Departure:
        asked = run.job.spec.job
        terms = Terms(
            self._settings.lease_s,
            asked.deadline,
            self._stop_mark.exists,
            time_limit_s=asked.time_limit_s,
            memory_limit=asked.memory_limit_mb and asked.memory_limit_mb * MIB,
            claimed_at=run.claimed_at,
        )
        return Watch(runner, run.claim, jobs=jobs, recorder=run.recorder, terms=terms).follow()

    def _write_down(
        self, run: Underway, jobs: JobRepository, departure: Departure, n_oom_kills: int
    ) -> State | None:
        """Give the job its next state, clear away what is left, and tell whoever watches."""
        asked = run.job.spec.job
        state, reason = settle(
            departure,
            run.claim,
            jobs,
            n_oom_kills=count_oom_kills() - n_oom_kills if departure.returncode == -signal.SIGKILL else 0,
            patience_s=SETTLE_PATIENCE_S,
            may_halve=asked.halve_batch and run.job.micro_batches == 1,
            hand_in=partial(hand_in, run.final, run.claim.attempt),
        )
        clear_away(run.final, run.claim.attempt)
        clear_scratch(self._settings, run.claim)
        if state is State.DONE:
            run.shelf.drop_checkpoints()
        if state is State.DONE and departure.ending is not None:
            run.recorder.tell_result(dossier=departure.ending.dossier, cleared=departure.ending.cleared)
        if state is not None:
            run.recorder.tell_state(state.value, reason)
        run.trace.end(state.value if state is not None else "fenced")
        return state

    def _keeping(self, jobs: JobRepository, claim: Claim, slow: bool) -> AbstractContextManager[None]:
        """Keep the claim while files are moved or sealed; where there are none it is not worth a thread."""
        slow = slow or bool(self._settings.artifacts)
        return keep_claim(jobs, claim, lease_s=self._settings.lease_s) if slow else nullcontext()

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
