"""Houses in which broker, worker and reaper are real processes: one for each test, or for a whole module."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testamur.contracts.job import JobSpec
from testamur.jobs.submit import cancel_job, retry_job
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.events import StreamEvents
from testamur_workers.fleet import LocalFleet
from testamur_workers.queue import CeleryQueue

# What costs seconds of its own and is tested elsewhere.
QUICK = {"bootstrap": 100, "baselines": "few", "privacy_attacks": "none", "self_check": "off"}
SMALL = {"hidden": 8, "members": 2, "bins": 0}


class House:
    """One home with its processes, and the few things that tests do with it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.fleet = LocalFleet(settings)
        self.queue = CeleryQueue(settings)
        self.events = StreamEvents(settings)

    def data(self, n_rows: int = 300) -> Path:
        """A small CSV of a binary problem; the same in every test."""
        path = self.folder / f"people-{n_rows}.csv"
        rng = random.Random(11)
        lines = ["age,weight,sex,died"]
        for _ in range(n_rows):
            age, weight, sex = rng.gauss(50, 12), rng.gauss(75, 9), rng.choice("mf")
            died = "yes" if age + weight / 3 + rng.gauss(0, 10) > 75 else "no"
            lines.append(f"{age:.2f},{weight:.2f},{sex},{died}")
        path.write_text("\n".join(lines) + "\n")
        return path

    def spec(
        self, *, epochs: int = 5, n_rows: int = 300, max_attempts: int = 3, small: bool = False, **training
    ) -> JobSpec:
        """A whole job on that CSV; a small network where the walk is what counts."""
        return JobSpec.parse(
            {
                "job": {"seed": 7, "max_attempts": max_attempts},
                "dataset": {
                    "path": str(self.data(n_rows)),
                    "target": "died",
                    "positive": "yes",
                    "protected": ["sex"],
                },
                "model": {"options": SMALL if small else {}},
                "training": {"epochs": epochs, "patience": epochs, "checkpoint_every_s": 0.0, **training},
                "audit": QUICK,
            }
        )

    def add(self, spec: JobSpec, *, send: bool = True) -> str:
        """Store a job, and send it."""
        with open_store(self.settings) as store:
            jobs = JobRepository(store)
            job = jobs.add(spec, base=str(self.folder))
            if send:
                self.queue.send(job.id, job.priority.value)
                jobs.mark_sent(job.id)
            return job.id

    def job(self, job_id: str):
        """The job as it is stored."""
        with open_store(self.settings) as store:
            return JobRepository(store).get(job_id)

    def cancel(self, job_id: str):
        with open_store(self.settings) as store:
            return cancel_job(job_id, store=store)

    def retry(self, job_id: str):
        with open_store(self.settings) as store:
            return retry_job(job_id, store=store, queue=self.queue)

    def wait_for(self, condition, *, timeout_s: float = 60.0, what: str = "the condition"):
        """Ask until the answer is true, and return it."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            answer = condition()
            if answer:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come within {timeout_s} s\n{self.logs()}")

    def wait_final(self, job_id: str, *, timeout_s: float = 60.0):
        """The job once it is final."""
        return self.wait_for(
            lambda: job if (job := self.job(job_id)).state.final else None,
            timeout_s=timeout_s,
            what="the end",
        )

    def wait_epoch(self, job_id: str, epoch: int):
        """Until the job has trained `epoch` epochs."""
        self.wait_for(
            lambda: any(e.data.get("epoch", 0) >= epoch for e in self.events.read(job_id)),
            what=f"epoch {epoch}",
        )

    def wait_checkpoint(self, job_id: str):
        """Until the job can be resumed."""
        folder = self.settings.job_folder(job_id) / "checkpoint"
        self.wait_for(lambda: folder.is_dir() and any(folder.iterdir()), what="a checkpoint")

    def worker_pid(self) -> int:
        return self.fleet.status()["workers"][0]["pid"]

    def processes(self, module: str) -> list[int]:
        """Living processes of this home that run a module of ours."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
                home = f"TESTAMUR_HOME={self.settings.home}\0".encode() in (folder / "environ").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            if home and module in command:
                found.append(int(folder.name))
        return found

    def rest(self) -> None:
        """End whatever still runs or waits."""
        with open_store(self.settings) as store:
            ids = [job.id for job in JobRepository(store).list() if not job.state.final]
        for job_id in ids:
            self.cancel(job_id)
            self.wait_final(job_id)

    def close(self) -> None:
        """End its processes."""
        self.events.close()
        self.fleet.down(wait_s=5)

    def logs(self) -> str:
        """What the processes and the attempts wrote."""
        paths = [*self.settings.home.glob("logs/*.log"), *self.settings.home.glob("jobs/*/*.log")]
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in paths)


def make_house(folder: Path, *, database_url: str = "", lease_s: float = 30.0) -> House:
    home = folder / "home"
    return House(
        Settings(
            home=home,
            database_url=database_url or f"sqlite:///{home / 'testamur.db'}",
            broker_url="",
            device="cpu",
            lease_s=lease_s,
            threads=1,
        ),
        folder,
    )


@pytest.fixture
def house(tmp_path):
    """A house in which nothing runs yet; whatever runs at the end is ended."""
    made = make_house(tmp_path)
    yield made
    made.close()
    assert made.processes("testamur_workers") == []


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house for all tests of a module: to start its processes takes ten seconds of a CPU."""
    made = make_house(tmp_path_factory.mktemp("shared"))
    yield made
    made.close()
    assert made.processes("testamur_workers") == []


@pytest.fixture
def busy_house(shared_house: House) -> Iterator[House]:
    """The module's house, its processes running; each test finds it with nothing to do."""
    shared_house.fleet.up()
    yield shared_house
    shared_house.rest()
