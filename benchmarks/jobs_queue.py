"""Handing in 2,000 jobs, and listing jobs and queues where 100,000 lie in the database.

Wall-clock: a person waits. SQLite, the real embedded broker; no worker runs.

Run: ``python benchmarks/jobs_queue.py [--write]``.
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from harness import Goal, Page, wants_writing

from testamur.contracts.job import JobSpec, Priority, State
from testamur.hooks.registry import Registry
from testamur.jobs.submit import submit_job
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import Store, open_store
from testamur.store.tables import JobRow
from testamur_workers.broker import EmbeddedBroker
from testamur_workers.queue import CeleryQueue

N_SUBMITTED = 2_000
N_OLD = 100_000
REPEATS = 15
CLAIM = "whose turn it is, and the claim"


def spec(path: Path, seed: int) -> JobSpec:
    dataset = {"path": str(path), "target": "y", "positive": "b"}
    return JobSpec.parse({"job": {"seed": seed}, "dataset": dataset, "training": {"epochs": 1}})


def submit_all(settings: Settings, folder: Path) -> tuple[float, int]:
    """Jobs handed in per second, through every check, the database and the broker; and messages that wait."""
    path = folder / "rows.csv"
    path.write_text("x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(100)))
    registry, queue = Registry.load(settings.home), CeleryQueue(settings, keep=True)
    with open_store(settings) as store:
        begin = time.perf_counter()
        for seed in range(N_SUBMITTED):
            submit_job(spec(path, seed), registry=registry, store=store, queue=queue, base=folder)
        seconds = time.perf_counter() - begin
    n_waiting = sum(queue.depths().values())
    queue.close()
    return N_SUBMITTED / seconds, n_waiting


def add_old(store: Store) -> None:
    """Jobs that ended in the past, as many as a busy year leaves."""
    request = spec(Path("/data/rows.csv"), 0).model_dump(mode="json")
    start = datetime(2025, 6, 1, tzinfo=UTC)
    rows = [
        {
            "id": f"{number:012d}", "name": f"old {number}", "spec": request, "base": "/", "plugins": {},
            "state": "done", "priority": "normal", "project": "default", "owner": "me",
            "created_at": start + timedelta(minutes=5 * number), "updated_at": start, "queued_at": start,
            "cancel_requested": False, "token": 1, "n_attempts": 1, "n_lost": 0, "max_attempts": 3,
            "micro_batches": 1, "error": "", "error_kind": "", "dossier": "", "progress": {},
        }
        for number in range(N_OLD)
    ]  # fmt: skip
    with store.write() as session:
        session.bulk_insert_mappings(JobRow, rows)


def time_listings(settings: Settings) -> dict[str, float]:
    """Median milliseconds of what a person or a worker asks, the database just opened."""
    asked = {
        "20 newest jobs": lambda jobs: jobs.list(limit=20),
        "20 newest that failed": lambda jobs: jobs.list([State.FAILED], limit=20),
        "every queue, with the next 10": lambda jobs: (
            jobs.tally(),
            [jobs.next_up(priority, limit=10) for priority in Priority],
        ),
        CLAIM: lambda jobs: jobs.claim_next(worker="w", host="h", pid=1, lease_s=30),
    }
    found: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(REPEATS):
        for name, ask in asked.items():
            begin = time.perf_counter()
            with open_store(settings) as store:
                ask(JobRepository(store))
            found[name].append((time.perf_counter() - begin) * 1000)
    return {name: median(values) for name, values in found.items()}


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings.from_environment(
            {"TESTAMUR_HOME": str(folder / "home"), "TESTAMUR_DEVICE": "cpu"}
        )
        with open_store(settings):
            pass
        broker = EmbeddedBroker(settings)
        broker.start(wait_s=20)
        try:
            rate, n_waiting = submit_all(settings, folder)
        finally:
            broker.stop(wait_s=5)
        with open_store(settings) as store:
            add_old(store)
        listings = time_listings(settings)
    page = Page(
        "jobs_queue",
        "Handing in and listing jobs",
        f"{N_SUBMITTED:,} jobs on SQLite, one after another: every check of a request, the row, the message, "
        f"the note that it was sent. Then {N_OLD:,} jobs that ended are added and the listings timed, each "
        f"with a database that was just opened; medians of {REPEATS}.",
        packages=("celery", "redis", "sqlalchemy"),
    )
    page.lines += ["", f"Handed in: {rate:,.0f} per second; messages that waited then: {n_waiting:,}."]
    page.lines += ["", f"| with {N_OLD + N_SUBMITTED:,} jobs stored | ms |", "|---|---:|"]
    page.lines += [f"| {what} | {ms:.1f} |" for what, ms in listings.items()]
    page.goal(Goal("jobs handed in", rate, at_least=200, unit="per second"))
    slowest = max(ms for what, ms in listings.items() if what != CLAIM)  # a claim is no listing
    page.goal(Goal("the slowest listing", slowest, at_most=100, unit="ms"))
    return page.finish(write=wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
