"""From ``testamur job submit`` to the end of the first epoch, against ``import torch`` in a fresh process.

Wall-clock seconds: a person waits. A real broker and a real worker, a CSV of 2,000 rows. The end of the
first epoch is later than the first training step, so the figure is an upper bound.

Run: ``python benchmarks/submit_to_first_step.py [--write]``.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from harness import Goal, Page, wants_writing

from testamur.contracts.event import EventKind
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.events import StreamEvents
from testamur_workers.fleet import LocalFleet

ROUNDS = 5
JOB = """\
[job]
seed = {seed}
[dataset]
path = "people.csv"
target = "died"
positive = "yes"
protected = ["sex"]
[training]
epochs = 3
[audit]
bootstrap = 100
"""


def write_data(path: Path) -> None:
    rng = random.Random(5)
    lines = ["age,weight,sex,died"]
    for _ in range(2000):
        age, sex = rng.gauss(50, 12), rng.choice("mf")
        lines.append(f"{age:.1f},{rng.gauss(75, 9):.1f},{sex},{'yes' if age > rng.gauss(55, 8) else 'no'}")
    path.write_text("\n".join(lines) + "\n")


def import_torch() -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - begin


def waiting_runners(home: Path) -> list[int]:
    """Process ids of runners of this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"TESTAMUR_HOME={home}\0".encode() in (folder / "environ").read_bytes()
            if ours and b"testamur_workers.runner" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def submit(settings: Settings, folder: Path, seed: int) -> float:
    """Seconds from the start of the command to the end of the first epoch; waits for the job's end."""
    (folder / "job.toml").write_text(JOB.format(seed=seed))
    begin = time.time()
    command = [sys.executable, "-m", "testamur.interfaces.cli", "job", "submit", "job.toml"]
    binary = Path(sys.executable).parent / "testamur"
    command = [str(binary), *command[3:]] if binary.exists() else command
    environ = {**os.environ, "TESTAMUR_HOME": str(settings.home), "TESTAMUR_DEVICE": "cpu"}
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    with open_store(settings) as store:
        job_id = JobRepository(store).list(limit=1)[0].id
    events = list(StreamEvents(settings).follow(job_id))
    return next(e.at.timestamp() for e in events if e.kind is EventKind.EPOCH) - begin


def run_rounds(settings: Settings, folder: Path) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {"import torch": [], "runner waiting": [], "runner cold": []}
    submit(settings, folder, 0)  # unmeasured: key, caches
    for seed in range(1, ROUNDS + 1):
        time.sleep(6)  # the next runner gets ready
        seconds["import torch"].append(import_torch())
        seconds["runner waiting"].append(submit(settings, folder, seed))
        time.sleep(2)
        for pid in waiting_runners(settings.home):
            os.kill(pid, signal.SIGKILL)
        seconds["runner cold"].append(submit(settings, folder, seed + 1000))
    return seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder / "people.csv")
        settings = Settings.from_environment(
            {"TESTAMUR_HOME": str(folder / "home"), "TESTAMUR_DEVICE": "cpu"}
        )
        fleet = LocalFleet(settings)
        fleet.up(wait_s=60)
        try:
            seconds = run_rounds(settings, folder)
        finally:
            fleet.down()
    page = Page(
        "submit_to_first_step",
        "Submit to first training step",
        "Wall-clock seconds from the start of `testamur job submit` to the end of the first epoch, through "
        "the real broker and worker; medians of interleaved rounds. `runner waiting` is the usual case. "
        "For `runner cold` the waiting runner was killed just before, so that nothing was imported ahead: "
        "the worst case of a job that comes in the moment in which another ends.",
        packages=("torch", "celery", "redis"),
    )
    page.lines += ["", "| case | seconds, median | lowest to highest |", "|---|---:|---:|"]
    for case, values in seconds.items():
        page.lines.append(f"| {case} | {median(values):.2f} | {min(values):.2f} to {max(values):.2f} |")
    torch_s = median(seconds["import torch"])
    over = {case: median(values) - torch_s for case, values in seconds.items()}
    page.goal(Goal("waiting runner, more than `import torch`", over["runner waiting"], at_most=1.0, unit="s"))
    page.goal(Goal("cold runner, more than `import torch`", over["runner cold"], at_most=1.0, unit="s"))
    return page.finish(write=wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
