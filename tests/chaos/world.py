"""A house under fire: jobs are handed in while its processes, its broker and its database are killed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import Job, JobSpec, State
from testamur.jobs.submit import send_waiting
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.broker import EmbeddedBroker
from testamur_workers.fleet import LocalFleet
from testamur_workers.queue import CeleryQueue

N_RECIPES = 5
EPOCHS = 40
N_WORKERS = 3


class World:
    """One home with workers on it.

    Args:
        folder: Everything lies below it.
        database_url: SQLite in the home when empty.
        lease_s: Of the workers.
        n_workers: How many.
        n_recipes: Requests that differ in their seed; jobs repeat them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str = "",
        lease_s: float = 10.0,
        n_workers: int = N_WORKERS,
        n_recipes: int = N_RECIPES,
    ) -> None:
        home = folder / "home"
        self.folder = folder
        self.n_workers, self.n_recipes = n_workers, n_recipes
        self.settings = Settings(
            home=home,
            database_url=database_url or f"sqlite:///{home / 'testamur.db'}",
            broker_url="",
            device="cpu",
            lease_s=lease_s,
            threads=1,
        )
        self.fleet = LocalFleet(self.settings)
        self._data = self._write_data()

    def _write_data(self) -> Path:
        rng = random.Random(11)
        lines = ["age,weight,died"]
        for _ in range(80):
            age, weight = rng.gauss(50, 12), rng.gauss(75, 9)
            died = "yes" if age + weight / 3 + rng.gauss(0, 10) > 75 else "no"
            lines.append(f"{age:.2f},{weight:.2f},{died}")
        path = self.folder / "people.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    def spec(self, number: int, *, epochs: int = EPOCHS) -> JobSpec:
        """The request of the job with this number; it has a client key of its own."""
        return JobSpec.parse(
            {
                "job": {
                    "seed": number % self.n_recipes,
                    "client_key": f"chaos-{number}",
                    "max_attempts": 100,
                    "priority": ("normal", "batch", "urgent")[number % 3],
                    "project": f"p{number % 4}",
                },
                "dataset": {"path": str(self._data), "target": "died", "positive": "yes"},
                "model": {"options": {"hidden": 8, "members": 2, "bins": 0}},
                "training": {"epochs": epochs, "patience": epochs, "checkpoint_every_s": 0.2},
                "audit": {
                    "bootstrap": 100,
                    "baselines": "few",
                    "privacy_attacks": "none",
                    "self_check": "off",
                },
            }
        )

    def hand_in(self, number: int, *, epochs: int = EPOCHS, timeout_s: float = 120.0) -> str:
        """Hand in a job until it is accepted, as a client does that does not know what went through."""
        end = time.monotonic() + timeout_s
        while True:
            try:
                with open_store(self.settings) as store:
                    job = JobRepository(store).add(self.spec(number, epochs=epochs), owner=f"u{number % 2}")
                    send_waiting(store, CeleryQueue(self.settings))
                return job.id
            except TestamurError:
                if time.monotonic() >= end:
                    raise
                time.sleep(0.2)

    def jobs(self) -> list[Job] | None:
        """All jobs with their attempts; None while the database is away."""
        try:
            with open_store(self.settings) as store:
                repository = JobRepository(store)
                return [repository.get(job.id) for job in repository.list(limit=10_000)]
        except TestamurError:
            return None

    def n_final(self) -> int | None:
        """Jobs that have ended; None while the database is away."""
        try:
            with open_store(self.settings) as store:
                final = [state for state in State if state.final]
                return len(JobRepository(store).list(final, limit=10_000))
        except TestamurError:
            return None

    def up(self, *, timeout_s: float = 120.0) -> None:
        """Start what does not run, as an operator or a service manager does, until it does."""
        end = time.monotonic() + timeout_s
        while True:
            try:
                self.fleet.up(workers=self.n_workers, wait_s=60)
                return
            except TestamurError:
                if time.monotonic() >= end:
                    raise
                time.sleep(0.3)

    def down(self) -> None:
        """End everything."""
        with suppress(TestamurError):
            self.fleet.down(wait_s=20)

    def processes(self) -> dict[str, list[int]]:
        """Living processes of this home, by what they are."""
        found: dict[str, list[int]] = {}
        mark = f"TESTAMUR_HOME={self.settings.home}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
                ours = mark in (folder / "environ").read_bytes()
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended meanwhile
            if ours and "testamur_workers." in command:
                found.setdefault(_kind(command, parent), []).append(int(folder.name))
        broker = EmbeddedBroker(self.settings).pid
        if broker is not None:
            found["broker"] = [broker]
        return found


def _kind(command: str, parent: int) -> str:
    module = command.partition("testamur_workers.")[2].partition("\0")[0]
    if module not in ("worker", "zygote"):
        return module
    try:
        above = Path(f"/proc/{parent}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return module
    if module == "worker":
        return "supervisor" if "testamur_workers.worker" in above else "worker"
    return "runner" if "testamur_workers.zygote" in above else "zygote"


class Submitter(threading.Thread):
    """Hands jobs in, one after another, whatever happens around it.

    Args:
        world: Where.
        n: How many.
        pause_s: Between two of them.
    """

    def __init__(self, world: World, n: int, *, pause_s: float = 0.0) -> None:
        super().__init__(name="submitter", daemon=True)
        self._world, self._n, self._pause_s = world, n, pause_s
        self.ids: list[str] = []
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Hand in all of them."""
        try:
            for number in range(self._n):
                self.ids.append(self._world.hand_in(number))
                time.sleep(self._pause_s)
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for this thread
            self.fault = error


def kill(pid: int) -> bool:
    """``kill -9``; False when it was gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
