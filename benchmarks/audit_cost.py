"""What an audit costs beside the training it follows: 10,000 rows of 30 columns, a binary outcome.

The whole walk in this process, once with the quick trial of the audit on itself and once with the full one;
CPU seconds of each stage with one thread, and of each check. The promise is in seconds on two cores; CPU time
with one thread is what an idle machine would take on one.

Run: ``python benchmarks/audit_cost.py [--write]``.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from harness import Goal, Page, wants_writing

from testamur.contracts.event import EventKind
from testamur.contracts.job import AuditOptions, DatasetRequest, JobSection, JobSpec, SelfCheck
from testamur.contracts.model import TrainingOptions
from testamur.hooks.registry import Registry
from testamur.pipeline.run_job import run_job

N_ROWS, FEW_ROWS, SLOWEST = 10_000, 400, 12
BEYOND_TRAINING_S, FULL_S = 20.0, 300.0


def write_rows(path: Path, n: int = N_ROWS) -> None:
    """24 numbers and 6 categories, three in a hundred cells missing; the outcome follows a third of them."""
    rng = np.random.default_rng(11)
    numbers = rng.normal(size=(n, 24))
    numbers[rng.random(numbers.shape) < 0.03] = np.nan
    codes = rng.integers(0, 6, (n, 6))
    risk = np.nan_to_num(numbers[:, :8]) @ rng.normal(size=8) / 2 + (codes[:, 0] == 2) - 0.5
    frame = pl.DataFrame({f"n{i}": numbers[:, i] for i in range(24)}, nan_to_null=True).with_columns(
        [pl.Series(f"c{i}", [f"level {code}" for code in codes[:, i]]) for i in range(6)]
    )
    frame.with_columns(
        sex=pl.Series(rng.choice(["f", "m"], n).tolist()),
        age=pl.Series(rng.integers(18, 90, n)),
        y=pl.Series((rng.random(n) < 1 / (1 + np.exp(-risk))).astype(int)),
    ).write_csv(path)


class Clock:
    """Keeps the CPU seconds of every stage and every check."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self.checks: dict[str, float] = {}
        self._stage, self._since, self._check_since = "", time.process_time(), 0.0

    def emit(self, kind, data) -> None:
        now = time.process_time()
        if kind is EventKind.STAGE:
            self.close()
            self._stage, self._check_since = data["stage"], now
        elif kind is EventKind.CHECK:
            self.checks[data["check"]] = now - self._check_since
            self._check_since = now

    def close(self) -> None:
        now = time.process_time()
        if self._stage:
            self.stages[self._stage] = self.stages.get(self._stage, 0.0) + now - self._since
        self._since = now

    def check_stop(self) -> None:
        """Nobody stops a benchmark."""


def walk(folder: Path, level: SelfCheck, registry: Registry, epochs: int = 100) -> Clock:
    """One job; its clock."""
    clock = Clock()
    spec = JobSpec(
        job=JobSection(seed=3),
        dataset=DatasetRequest(path="rows.csv", target="y", positive="1", protected=("sex", "age")),
        training=TrainingOptions(epochs=epochs),
        audit=AuditOptions(
            self_check=level, bands={"age": (30, 45, 60)}, quasi_identifiers=("age", "c0", "c1")
        ),
    )
    run_job(
        spec, job_id=f"cost{level.value}", attempt=1, registry=registry, observer=clock,
        folder=folder / level.value, dossier=folder / f"dossier-{level.value}", home=folder / "home",
        base=folder, threads=1,
    )  # fmt: skip
    clock.close()
    print(level.value, {stage: round(seconds, 1) for stage, seconds in clock.stages.items()}, file=sys.stderr)
    return clock


def main() -> int:
    """Both walks, the page, and 0 when the promises are kept."""
    page = Page("audit_cost", "What the audit costs beside training", __doc__.partition("\n\nRun:")[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registry = Registry.load(folder / "home")
        write_rows(folder / "rows.csv", FEW_ROWS)
        walk(folder, SelfCheck.OFF, registry, epochs=1)  # imports and compilations are nobody's
        write_rows(folder / "rows.csv")
        clocks = {level: walk(folder, level, registry) for level in (SelfCheck.QUICK, SelfCheck.FULL)}
    for level, clock in clocks.items():
        table(page, level, clock)
    quick, full = clocks[SelfCheck.QUICK], clocks[SelfCheck.FULL]
    beyond = cost(quick) - quick.stages["fit"]
    page.goal(Goal("quick audit beyond training", beyond, at_most=BEYOND_TRAINING_S, unit="s"))
    page.goal(Goal("full audit", cost(full), at_most=FULL_S, unit="s"))
    return page.finish(write=wants_writing())


def cost(clock: Clock) -> float:
    """CPU seconds of the audit, the baselines that it compares with included."""
    return sum(clock.stages[stage] for stage in ("predict", "audit", "judge"))


def table(page: Page, level: SelfCheck, clock: Clock) -> None:
    """Stages, then the slowest checks."""
    page.note(f"## Trial on itself: {level.value}")
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in clock.stages.items())
    page.note(f"CPU seconds of the stages: {stages}. Of the audit with its baselines: {cost(clock):.1f}.")
    slowest = sorted(clock.checks.items(), key=lambda pair: -pair[1])[:SLOWEST]
    rows = [f"| `{check}` | {seconds:.2f} |" for check, seconds in slowest]
    page.lines += ["", "| check | CPU s |", "|---|---:|", *rows]
    rest = sum(clock.checks.values()) - sum(seconds for _, seconds in slowest)
    page.note(f"The other {len(clock.checks) - len(rows)} checks together: {rest:.2f} s.")


if __name__ == "__main__":
    sys.exit(main())
