"""Reorder plans at scale: 10,000 series of three years, from a file to a plan; CPU time and peak memory.

The series are SYNTHETIC (drawn from a formula, seed 0): they measure time and memory and nothing else.

python benchmarks/inventory_scale.py [--write]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Goal, Page, wants_writing

SIZES = (2_500, 5_000, 10_000)
DAYS = 3 * 365
MINUTES = 10.0


def main() -> int:
    """Measure each size in a process of its own, and write the page."""
    page = Page(
        "inventory_scale",
        "Reorder plans at scale",
        "SYNTHETIC daily series of three years (weekly and yearly pattern, counts) in a Parquet file. "
        "Measured: reading and preparing them, cutting windows (56 days, every 28th day in training), five "
        "epochs of `retail.demand`, and the plan of every series from 400 sampled paths; then the trial on "
        "held-out days (plan, rival, learned policy). One thread, a process of its own for each size; memory "
        "is the peak of the process. Seconds are of CPU; time by the clock also holds the waiting for other "
        "work on the machine.",
    )
    rows = [measure(size) for size in SIZES]
    page.lines += [
        "",
        "## From file to plan",
        "",
        "| series | rows | load | windows | train | plan | trained and planned | trial | peak memory |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *map(as_line, rows),
    ]
    last, first = rows[-1], rows[0]
    per_series = (last["peak_mb"] - first["peak_mb"]) / (rows[1]["peak_mb"] - first["peak_mb"])
    linear = (SIZES[2] - SIZES[0]) / (SIZES[1] - SIZES[0])
    said = "10,000 series trained and planned, CPU minutes on one core"
    page.goal(Goal(said, last["total"] / 60, at_most=MINUTES, unit="min"))
    page.goal(Goal("growth of memory over that of a straight line", per_series / linear, at_most=1.15))
    return page.finish(write=wants_writing())


def as_line(row: dict[str, float]) -> str:
    """A line of the table; seconds are of CPU."""
    steps = " | ".join(f"{row[name]:,.0f} s" for name in ("load", "cut", "train", "plan"))
    total = f"{row['total']:,.0f} s ({row['wall']:,.0f} s by the clock)"
    tried = f"{row['trial']:,.0f} s | {row['peak_mb']:,.0f} MB"
    return f"| {row['n_series']:,} | {row['n_rows']:,} | {steps} | {total} | {tried} |"


def measure(n_series: int) -> dict[str, float]:
    """Seconds of CPU by step and peak memory, from a fresh process."""
    command = [sys.executable, str(Path(__file__)), "--one", str(n_series)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def one(n_series: int) -> dict[str, float]:
    """One size, in this process."""
    import resource
    import time

    from testamur.contracts.dataset import WindowRule
    from testamur.contracts.job import DatasetRequest, JobSpec, ModelRequest
    from testamur.contracts.model import TrainingOptions
    from testamur.hooks.registry import Registry
    from testamur.jobs.validate import resolve_job
    from testamur.pipeline.prepare import load_rows, make_table
    from testamur.testing.fakes import RecordingObserver
    from testamur.train.fit import fit_model
    from testamur_retail.inventory.check import levels_of
    from testamur_retail.inventory.forecaster import make_forecaster
    from testamur_retail.inventory.plan import plan_now
    from testamur_retail.inventory.series import demand_of, list_series
    from testamur_retail.inventory.terms import Terms
    from testamur_retail.inventory.trial import run_trial

    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        write_series(base / "series.parquet", n_series)
        registry = Registry.load(base)
        spec = JobSpec(
            dataset=DatasetRequest(
                use="retail.cdnow_daily",
                path="series.parquet",
                windows=WindowRule(length=56, stride=28, test_stride=28),
            ),
            model=ModelRequest(use="retail.demand"),
            training=TrainingOptions(epochs=5, batch_size=1024, threads=1),
        )
        job = resolve_job(spec, registry, base=base)
        marks = [(time.process_time(), time.perf_counter())]

        def mark() -> float:
            marks.append((time.process_time(), time.perf_counter()))
            return marks[-1][0] - marks[-2][0]

        source = load_rows(job, base=base, environ={})
        load = mark()
        table = make_table(job, source, base=base)
        n_rows = source.frame.height
        del source
        cut = mark()
        where = {"device": "cpu", "folder": base / "c", "observer": RecordingObserver()}
        model = fit_model(job.model, job.options, spec.training, table, seed=0, **where)
        train = mark()
        series, demand, terms = list_series(table), demand_of(table), Terms()
        forecaster = make_forecaster(table, model.predictor, levels_of(table), seed=0)
        plan = plan_now(demand, series, forecaster, terms)
        planned = mark()
        total, wall = marks[-1][0] - marks[0][0], marks[-1][1] - marks[0][1]
        if (n_planned := len(plan["lines"]) + plan["n_left_out"]) != n_series:
            raise SystemExit(f"{n_series} series are to be planned, however: {n_planned}")
        outcome = run_trial(demand, series, forecaster, 7, terms, seed=0)
        if isinstance(outcome, str):
            raise SystemExit(outcome)
        trial = mark()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "n_series": n_series, "n_rows": n_rows, "load": load, "cut": cut, "train": train, "plan": planned,
        "total": total, "wall": wall, "trial": trial, "peak_mb": peak,
    }  # fmt: skip


def write_series(path: Path, n_series: int) -> None:
    """Draw the series, a thousand at a time, and write them to one file."""
    from datetime import date, timedelta

    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    days = [date(2021, 1, 1) + timedelta(days=k) for k in range(DAYS)]
    step = np.arange(DAYS)
    parts = []
    for begin in range(0, n_series, 1000):
        n = min(1000, n_series - begin)
        level = np.exp(rng.normal(1.5, 1.0, (n, 1)))
        week = np.exp(rng.normal(0, 0.3, (n, 7)))[:, step % 7]
        year = 1 + 0.3 * np.sin(2 * np.pi * step / 365 + rng.uniform(0, 6, (n, 1)))
        sold = rng.poisson(level * week * year * rng.gamma(5, 0.2, (n, DAYS))).astype(np.int32)
        parts.append(
            pl.DataFrame(
                {
                    "series": np.repeat([f"s{begin + i:05d}" for i in range(n)], DAYS),
                    "date": pl.Series(days).gather(np.tile(step, n)),
                    "sold": sold.ravel(),
                }
            )
        )
    pl.concat(parts).write_parquet(path)


if __name__ == "__main__":
    if "--one" in sys.argv:
        print(json.dumps(one(int(sys.argv[sys.argv.index("--one") + 1]))))
        raise SystemExit(0)
    raise SystemExit(main())
