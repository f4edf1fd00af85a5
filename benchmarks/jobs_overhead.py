"""What a job costs above a bare Celery task: no-op jobs one after another, and the way to the first step.

The peer is raw Celery with our settings, broker and pool: a task that does nothing. Our no-op job does all
that a job does but its own work: claim, fork of a runner, request, lease, last word, final state, log.

Run: ``python benchmarks/jobs_overhead.py [--write]``.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from harness import Goal, Page, wants_writing

from testamur.contracts.event import EventKind
from testamur.contracts.job import JobSpec, State
from testamur.jobs.submit import send_waiting
from testamur.settings import Settings
from testamur.store.repository import JobRepository
from testamur.store.session import open_store
from testamur_workers.broker import EmbeddedBroker
from testamur_workers.celery_app import make_app
from testamur_workers.connection import connect
from testamur_workers.events import StreamEvents
from testamur_workers.fleet import LocalFleet
from testamur_workers.lifeline import hold_lifeline
from testamur_workers.queue import CeleryQueue
from testamur_workers.request import AttemptRequest, Ending
from testamur_workers.runner import _read_line
from testamur_workers.standby import Standby
from testamur_workers.supervisor import Supervisor
from testamur_workers.wire import WireObserver

N_NOOPS = 2_000  # all queued before the first begins
N_STEPS = 20
WARM_S = 20  # for the zygote of a worker to import everything
RAW = """
import os, sys, time
sys.path.insert(0, {folder!r})
from testamur.settings import Settings
from testamur_workers.celery_app import make_app
from testamur_workers.connection import connect

settings = Settings.from_environment()
app = make_app(settings)
client = None

def nothing(sent):
    global client
    client = client or connect(settings)
    client.rpush("raw", f"{{time.time() - sent}} {{time.process_time()}}")

app.task(name="raw.nothing")(nothing)
if __name__ == "__main__":
    app.Worker(hostname="raw@here", pool_cls="prefork", concurrency=1, queues=["normal"], loglevel="ERROR",
               quiet=True, without_gossip=True, without_mingle=True, without_heartbeat=True).start()
"""


def do_nothing(descriptor: int) -> int:
    """A runner whose job ends at once; what a zygote is told to call."""
    request = AttemptRequest.model_validate_json(_read_line(0))
    hold_lifeline(0, lease_s=request.lease_s)
    observer = WireObserver(descriptor, job_id=request.job_id, attempt=request.attempt)
    observer.end(Ending(kind="data", message="nothing was to be done", exit_code=2))
    return 0


def spec(path: Path, *, epochs: int = 1) -> JobSpec:
    return JobSpec.parse(
        {
            "dataset": {"path": str(path), "target": "y", "positive": "b"},
            "training": {"epochs": epochs},
            "model": {"options": {"hidden": 8, "members": 2, "bins": 0}},
            "audit": {
                "bootstrap": 100,
                "baselines": "few",
                "privacy_attacks": "none",
                "self_check": "off",
            },
        }
    )


def raw_celery(settings: Settings, folder: Path) -> tuple[float, float, list[float]]:
    """Wall and CPU milliseconds per task of a full queue; seconds from sending to running, one at a time."""
    script = folder / "raw_worker.py"
    script.write_text(RAW.format(folder=str(folder)))
    app = make_app(settings)
    environ = {**os.environ, "TESTAMUR_HOME": str(settings.home)}
    with connect(settings, timeout_s=120.0) as client, app.connection_for_write() as connection:
        producer = app.amqp.Producer(connection, auto_declare=False)

        def send() -> None:
            app.send_task("raw.nothing", args=[time.time()], queue="normal", producer=producer)

        worker = subprocess.Popen([sys.executable, str(script)], env=environ)
        try:
            send()
            client.blpop("raw", timeout=60)
            latencies = []
            for _ in range(N_STEPS):
                send()
                latencies.append(float(client.blpop("raw", timeout=60)[1].split()[0]))
                time.sleep(0.05)
            for _ in range(N_NOOPS):
                send()
            begin, pool = time.perf_counter(), []
            while len(pool) < N_NOOPS:
                pool.append(float(client.blpop("raw", timeout=60)[1].split()[1]))
            wall = (time.perf_counter() - begin) / N_NOOPS * 1000
        finally:
            worker.terminate()
            worker.wait()
    steps = [max(later - earlier, 0.0) for earlier, later in pairwise(pool)]  # it is replaced every 100 tasks
    return wall, sum(steps) / len(steps) * 1000, latencies


def our_noops(settings: Settings, folder: Path) -> tuple[float, float]:
    """Wall and CPU milliseconds per no-op job of a full queue: supervisor, zygote and runners together."""
    path = folder / "rows.csv"
    with open_store(settings) as store:
        for _ in range(N_NOOPS + 1):
            JobRepository(store).add(spec(path), base=str(folder))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    standby = Standby(settings, target="jobs_overhead:do_nothing")
    events = StreamEvents(settings)
    supervisor = Supervisor(
        settings, worker="cpu0@bench", queue=CeleryQueue(settings), events=events, standby=standby,
        stop_mark=folder / "stop",
    )  # fmt: skip
    standby.prepare()
    with standby.take() as ready:  # the imports of the zygote are not a job's
        while ready.pid is None:
            time.sleep(0.05)
    settle_down(standby)
    before, begin = own_and_zygote(standby), time.perf_counter()
    n = supervisor.run_waiting()
    wall, used = time.perf_counter() - begin, own_and_zygote(standby) - before
    standby.close()
    events.close()
    with open_store(settings) as store:
        failed = JobRepository(store).list([State.FAILED], limit=10 * N_NOOPS)
    if len(failed) != N_NOOPS + 1 or n != N_NOOPS + 1:
        raise RuntimeError(f"{N_NOOPS + 1} no-op jobs were to end, however: {len(failed)}")
    return wall / n * 1000, used / n * 1000


def settle_down(standby: Standby) -> None:
    """Wait until the zygote has imported everything and gathered its pages: it uses no CPU time then."""
    used, since, end = 0.0, time.monotonic(), time.monotonic() + 120
    while time.monotonic() - since < 2 and time.monotonic() < end:
        time.sleep(0.1)
        now = own_and_zygote(standby) - time.process_time()
        if now - used > 0.015:  # more than a tick
            used, since = now, time.monotonic()


def own_and_zygote(standby: Standby) -> float:
    """CPU seconds of this process, and of the zygote with the runners it has buried."""
    zygote = standby._zygote
    ticks = Path(f"/proc/{zygote.pid}/stat").read_text().rpartition(")")[2].split()[11:15] if zygote else []
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def first_steps(settings: Settings, folder: Path) -> list[float]:
    """Seconds from handing a job in to the end of its first epoch (20 rows a batch), a worker being idle."""
    path = folder / "rows.csv"
    rng = random.Random(3)
    rows = [f"{rng.gauss(0, 1):.3f},{rng.gauss(0, 1):.3f},{rng.choice('ab')}" for _ in range(200)]
    path.write_text("\n".join(["x,z,y", *rows]) + "\n")
    fleet, found = LocalFleet(settings), []
    fleet.up(workers=1, wait_s=120)
    time.sleep(WARM_S)
    queue = CeleryQueue(settings, keep=True)
    events = StreamEvents(settings)
    try:
        for number in range(N_STEPS + 3):
            with open_store(settings) as store:
                begin = time.time()
                job = JobRepository(store).add(spec(path, epochs=2), base=str(folder))
                send_waiting(store, queue)
            heard = list(events.follow(job.id))
            at = next(event.at.timestamp() for event in heard if event.kind is EventKind.EPOCH)
            if number >= 3:  # the first ones wait for the imports of the zygote
                found.append(at - begin)
            time.sleep(0.5)
    finally:
        events.close()
        queue.close()
        fleet.down()
    return found


def p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def main() -> int:
    load = f"{os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory(prefix="tmr-") as name:
        folder = Path(name)
        settings = Settings.from_environment(
            {"TESTAMUR_HOME": str(folder / "home"), "TESTAMUR_DEVICE": "cpu"}
        )
        with open_store(settings):
            pass
        broker = EmbeddedBroker(settings)
        broker.start(wait_s=60)
        try:
            raw_wall, raw_cpu, latencies = raw_celery(settings, folder)
            our_wall, our_cpu = our_noops(settings, folder)
            steps = first_steps(settings, folder)
        finally:
            broker.stop(wait_s=5)
    page = Page(
        "jobs_overhead",
        "A job above a bare Celery task",
        f"{N_NOOPS:,} no-op tasks and jobs, all queued at first, one worker, SQLite, embedded broker; "
        "wall time and CPU time of the pool process (ours: of supervisor, zygote and runners together). "
        "Ours run after one wake-up: a job's message costs what the bare task costs, all of ours comes on "
        "top of it, and nothing is subtracted. Then "
        f"{N_STEPS} jobs handed in one at a time while a worker is idle and its runner waits: from the "
        "hand-in to the end of the first epoch, which is later than the first step. Load average of the "
        f"last minute before and after: {load} and {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores.",
        packages=("torch", "celery", "redis"),
    )
    page.lines += [
        "",
        "| what | raw Celery | a job |",
        "|---|---:|---:|",
        f"| no-op, CPU ms | {raw_cpu:.1f} | {our_cpu:.1f} |",
        f"| no-op, wall ms | {raw_wall:.1f} | {our_wall:.1f} |",
        f"| begun / first epoch, median s | {median(latencies):.3f} | {median(steps):.3f} |",
        f"| the same, p95 s | {p95(latencies):.3f} | {p95(steps):.3f} |",
    ]
    page.goal(Goal("no-op job above raw Celery, CPU", our_cpu, at_most=20, unit="ms"))
    page.goal(Goal("no-op job above raw Celery, wall", our_wall, at_most=20, unit="ms"))
    page.goal(Goal("first step above raw Celery, p95", p95(steps) - p95(latencies), at_most=0.5, unit="s"))
    return page.finish(write=wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
