"""A million test rows: time and memory of the checks of data, performance, calibration and fairness.

Goals: the four sections together at most 10 s of CPU time, at most 2 GB above the data. 250,000 training
rows stand beside the million, so that leakage and duplicates have something to compare. The scans of
personal data and of like rows belong to the section of privacy; they are shown, and not counted.

    python benchmarks/audit_million.py [--write]
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import harness  # first: it sets one thread
import numpy as np
import polars as pl

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.golden_world import make_input
from testamur.audit.run import run_check
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus, Section
from testamur.contracts.job import AuditOptions
from testamur.data.raw_cells import FrameCells
from testamur.data.twins import twin_ids

N_TRAIN, N_TEST, N_FEATURES = 250_000, 1_000_000, 20
SECTIONS = (Section.DATA, Section.PERFORMANCE, Section.CALIBRATION, Section.FAIRNESS)
ALSO = ("core.privacy.personal_data", "core.privacy.k_anonymity")
MOST_SECONDS, MOST_GB = 10.0, 2.0
EXPLANATION = (
    f"{N_TEST:,} test rows beside {N_TRAIN:,} training rows, {N_FEATURES} features, two attributes, "
    "a text column, two baselines, five quasi-identifiers, 2,000 replicates. CPU time of one thread; "
    "memory is the peak of the process during a check above what it held with all data in place. Measured "
    "once per check, as an audit runs them."
)


def rows(r: np.random.Generator) -> dict[str, np.ndarray]:
    """Features, groups, outcomes and risks that are a little off for one group."""
    n = N_TRAIN + N_TEST
    x = r.normal(size=(n, N_FEATURES)).round(2).astype(np.float32)
    x[:, :5] = r.integers(0, [2, 4, 9, 16, 90], (n, 5))
    a = r.choice(5, n, p=[0.4, 0.25, 0.2, 0.1, 0.05]).astype(np.int16)
    a[r.random(n) < 0.01] = -1
    b = r.choice(4, n, p=[0.4, 0.3, 0.2, 0.1]).astype(np.int16)
    logit = x[:, 6] + 0.5 * x[:, 7] + 0.2 * b - 0.5
    event = (r.random(n) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    risk = 1 / (1 + np.exp(-(logit + 0.3 * r.normal(size=n) - 0.2 * (a == 4))))
    return {"x": x, "a": a, "b": b, "event": event, "risk": risk, "absent": r.random((n, N_FEATURES)) < 0.01}


def source(made: dict[str, np.ndarray]) -> pl.DataFrame:
    """The rows as a data room hands them on."""
    n = N_TRAIN + N_TEST
    frame = pl.DataFrame({f"x{i}": made["x"][:, i].astype(np.float64) for i in range(N_FEATURES)})
    return frame.with_columns(
        pl.Series("a", np.where(made["a"] < 0, np.nan, made["a"])).fill_nan(None),
        pl.Series("note", [f"visit {i % 1000}, ward {i % 37}" for i in range(n)]),
        pl.Series("y", made["event"].astype(np.float64)),
    )


def world() -> AuditInput:
    """A binary problem with a score, two baselines, groups, and the cells behind it."""
    made = rows(np.random.default_rng(0))
    frame = source(made)
    twin = twin_ids([frame.get_column(f"x{i}") for i in range(N_FEATURES)])
    test, n = slice(N_TRAIN, None), N_TRAIN + N_TEST
    train = {
        "target": made["event"][:N_TRAIN],
        "numeric": made["x"][:N_TRAIN],
        "groups": [made["a"][:N_TRAIN], made["b"][:N_TRAIN]],
        "kind": ProblemKind.BINARY,
        "absent": made["absent"][:N_TRAIN],
        "columns": {"twin": twin[:N_TRAIN], "twin_with_target": twin[:N_TRAIN]},
    }
    risk = made["risk"][test]
    given = make_input(
        made["event"][test],
        {"model": risk, "naive": np.full(N_TEST, made["event"].mean()), "boosting": 0.9 * risk + 0.03},
        groups={"a": (tuple("vwxyz"), made["a"][test]), "b": (tuple("klmn"), made["b"][test])},
        numeric=made["x"][test],
        absent=made["absent"][test],
        train=train,
        options=AuditOptions(
            quasi_identifiers=("x0", "x1", "x2", "x3", "x4"),
            reference_shares={"b": dict.fromkeys("klmn", 0.25)},
        ),
        twin=twin[test],
        twin_with_target=twin[test],
    )
    positions = {"train": np.arange(N_TRAIN), "validation": np.array([0]), "test": np.arange(N_TRAIN, n)}
    return replace(given, table=replace(given.table, cells=FrameCells(frame, positions)))


def memory(name: str) -> float:
    """GB that the process holds ("VmRSS"), or held at most since the last reset ("VmHWM"); Linux."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1e6


def main() -> int:
    """Measure, print, and write when asked."""
    groups = {"g": (("a", "b"), np.repeat([0, 1], 50))}
    small = make_input(np.tile([0, 1], 50), {"model": np.linspace(0.1, 0.9, 100)}, groups=groups)
    for check in ALL_CHECKS:  # modules are imported before anything is measured
        run_check(small, check)
    given = world()
    page = harness.Page("audit_million", "A million rows", EXPLANATION, packages=("numpy", "polars"))
    page.lines += ["", "| check | status | CPU s | GB above the data |", "|---|---|---:|---:|"]
    held = memory("VmRSS")
    spent = most = 0.0
    for check in ALL_CHECKS:
        if check.section not in SECTIONS and check.key not in ALSO:
            continue
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
        begin = time.process_time()
        entry, _ = run_check(given, check)
        seconds = time.process_time() - begin
        if entry.status in (CheckStatus.NOT_APPLICABLE, CheckStatus.NOT_RUN):
            continue
        above = max(memory("VmHWM") - held, 0.0)
        page.lines.append(f"| `{check.key}` | {entry.status} | {seconds:.2f} | {above:.2f} |")
        if check.section in SECTIONS:
            spent += seconds
        most = max(most, above)
    page.goal(
        harness.Goal(
            "CPU time of the four sections",
            spent,
            at_most=MOST_SECONDS,
            unit="s",
        )
    )
    page.goal(harness.Goal("memory above the data", most, at_most=MOST_GB, unit="GB"))
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
