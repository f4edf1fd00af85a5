"""Kills processes at random while jobs run, and holds what is left against what was promised."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from testamur.contracts.job import Job, State

from .database import KillableDatabase
from .world import Submitter, World, kill

# The reaper and the broker are few and idle most of the time; runners are where the work is.
_WEIGHTS = {"runner": 6, "supervisor": 3, "worker": 3, "zygote": 2, "broker": 2, "reaper": 1, "database": 2}
QUIET_S = 20.0  # without an end of a job for so long, the next kill comes all the same


@dataclass
class Toll:
    """What was killed, and what was found afterwards.

    Attributes:
        seed: Of the random choices.
        n_jobs: Handed in.
        kills: By kind of process.
        seconds: From the first job handed in to the last end.
        faults: Promises that were not kept; empty when all were.
        figures: For the table.
    """

    seed: int
    n_jobs: int
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)


def burn(
    world: World, *, n_jobs: int, n_kills: int, seed: int, timeout_s: float, database: KillableDatabase | None
) -> Toll:
    """Run `n_jobs` jobs under `n_kills` kills and check every promise.

    Args:
        world: Up and idle.
        n_jobs: Jobs to hand in, beside one undisturbed job per recipe before.
        n_kills: Processes to kill, spread over the run.
        seed: Of what is killed, and when.
        timeout_s: After so long without the last job's end the run is given up.
        database: The server, where it is killed too.
    """
    toll = Toll(seed, n_jobs)
    wanted = _undisturbed(world)
    rng = random.Random(seed)
    begin = time.monotonic()
    submitter = Submitter(world, n_jobs)
    submitter.start()
    _fight(world, toll, submitter, rng, n_kills=n_kills, database=database, end=begin + timeout_s)
    toll.seconds = time.monotonic() - begin
    submitter.join(timeout=10)
    if submitter.fault is not None:
        toll.faults.append(f"a job could not be handed in: {submitter.fault}")
    _judge(world, toll, submitter, wanted)
    return toll


def _undisturbed(world: World) -> dict[int, str]:
    """Digest of the weights of each recipe, from jobs that nobody disturbs."""
    ids = {seed: world.hand_in(1_000_000 * world.n_recipes + seed) for seed in range(world.n_recipes)}
    end = time.monotonic() + 600
    while world.n_final() != len(ids):
        if time.monotonic() >= end:
            raise RuntimeError("the undisturbed jobs did not end")
        time.sleep(0.2)
    return {seed: weights(world, job_id) for seed, job_id in ids.items()}


def _fight(
    world: World,
    toll: Toll,
    submitter: Submitter,
    rng: random.Random,
    *,
    n_kills: int,
    database: KillableDatabase | None,
    end: float,
) -> None:
    """Kill, restart, and wait for the end of all jobs."""
    n_all, seen, quiet_since = toll.n_jobs + world.n_recipes, 0, time.monotonic()
    while time.monotonic() < end:
        found = world.n_final()
        if found is not None and found != seen:
            seen, quiet_since = found, time.monotonic()
        n_killed = sum(toll.kills.values())
        if seen >= n_all and not submitter.is_alive():
            return
        due = (seen - world.n_recipes) * n_kills >= n_killed * toll.n_jobs * 0.9
        if n_killed < n_kills and (due or time.monotonic() - quiet_since > QUIET_S):
            quiet_since = time.monotonic()
            if _kill_one(world, toll, rng, database):
                time.sleep(rng.uniform(0.0, 1.0))
                if database is not None:
                    database.start()
                world.up()
        time.sleep(rng.uniform(0.05, 0.4))
    toll.faults.append("the time was over before the last job had ended")


def _kill_one(world: World, toll: Toll, rng: random.Random, database: KillableDatabase | None) -> bool:
    living = world.processes()
    kinds = [kind for kind in _WEIGHTS if kind in living or (kind == "database" and database)]
    if not kinds:
        return False
    kind = rng.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]
    if kind == "database":
        assert database is not None
        done = database.kill()
    else:
        done = kill(rng.choice(sorted(living[kind])))
    toll.kills[kind] += done
    return done


def _judge(world: World, toll: Toll, submitter: Submitter, wanted: dict[int, str]) -> None:
    jobs = world.jobs()
    if jobs is None:
        toll.faults.append("the database does not answer at the end")
        return
    handed_in = set(submitter.ids)
    found = {job.id: job for job in jobs if job.id in handed_in}
    mine = list(found.values())
    outcomes = Counter(attempt.outcome for job in mine for attempt in job.attempts)
    once = sum(_ended_once(job) for job in mine)
    folder = world.settings.home / "dossiers"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    doubled = [name for name in names if name not in {job.id for job in jobs}]
    equal = sum(
        job.state is State.DONE and weights(world, job.id) == wanted[job.spec.job.seed] for job in mine
    )
    world.down()
    orphans = sum(len(pids) for pids in world.processes().values())
    n = toll.n_jobs
    toll.figures = {
        "jobs handed in": len(handed_in),
        "jobs lost": n - len(mine),
        "jobs in a final state, once": once,
        "jobs done": sum(job.state is State.DONE for job in mine),
        "attempts": sum(outcomes.values()),
        "attempts lost": outcomes["lost"],
        "attempts stopped or failed": outcomes["interrupted"] + outcomes["failed"],
        "jobs resumed from a checkpoint": sum(
            any(attempt.resumed_from_epoch for attempt in job.attempts) for job in mine
        ),
        "dossiers": len(names) - world.n_recipes,
        "dossiers doubled or left half done": len(doubled),
        "weights equal to an undisturbed run": equal,
        "processes left behind": orphans,
    }
    promised = {
        "jobs handed in": n, "jobs lost": 0, "jobs in a final state, once": n, "jobs done": n, "dossiers": n,
        "dossiers doubled or left half done": 0, "weights equal to an undisturbed run": n,
        "processes left behind": 0,
    }  # fmt: skip
    toll.faults += [
        f"{name}: {value} was promised, however: {toll.figures[name]}"
        for name, value in promised.items()
        if toll.figures[name] != value
    ]


def _ended_once(job: Job) -> bool:
    """One attempt ended the job; none is open, and the others gave it back."""
    last = [attempt.outcome for attempt in job.attempts if attempt.outcome == job.state.value]
    return job.state.final and len(last) == 1 and all(attempt.ended_at for attempt in job.attempts)


def weights(world: World, job_id: str) -> str:
    """SHA-256 of the weights in a job's dossier; empty where there is none."""
    whole = hashlib.sha256()
    files: list[Path] = sorted(world.settings.dossier_folder(job_id).rglob("*.safetensors"))
    for path in files:
        whole.update(path.read_bytes())
    return whole.hexdigest() if files else ""
