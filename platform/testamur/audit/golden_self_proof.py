"""The trial of the audit on itself, held against worlds in which every planted fault can be found, or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.golden_world import make_input
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.job import AuditOptions


def planted_cases() -> list[GoldenCase]:
    """With 4,000 rows all eight faults show; with 30 those of a column and of the cells alone."""
    return [
        GoldenCase("enough rows", calibrated_world(4000), (("planted_found", "", 1.0),)),
        GoldenCase("too few rows", calibrated_world(30), (("planted_found", "", 2 / 8),)),
        GoldenCase("a regression", _values(2000), (("planted_found", "", 1.0),)),
    ]


def placebo_cases() -> list[GoldenCase]:
    """Nobody can tell anything of thirty rows: no alarm of any control."""
    return [GoldenCase("too few rows for an alarm", calibrated_world(30), (("placebo_alarms", "", 0.0),))]


def calibrated_world(n: int) -> AuditInput:
    """Outcomes drawn from the stated risks, two groups, a training part of other rows (seed 0)."""
    rng = np.random.default_rng(0)
    risk = rng.beta(2.0, 2.0, n)
    return make_input(
        (rng.random(n) < risk).astype(int),
        {"model": risk},
        groups={"group": (("a", "b"), rng.integers(0, 2, n))},
        numeric=rng.normal(size=(n, 2)),
        train=_training(n, 2, ProblemKind.BINARY),
        options=AuditOptions(bootstrap=200),
        twin=np.arange(n) + n,
        twin_with_target=np.arange(n) + n,
    )


def _values(n: int) -> AuditInput:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=n)
    return make_input(
        truth,
        {"model": truth + rng.normal(size=n)},
        groups={"group": (("a", "b"), rng.integers(0, 2, n))},
        kind=ProblemKind.REGRESSION,
        numeric=rng.normal(size=(n, 2)),
        train=_training(n, 2, ProblemKind.REGRESSION),
        options=AuditOptions(bootstrap=200),
        twin=np.arange(n) + n,
        twin_with_target=np.arange(n) + n,
    )


def _training(n: int, k: int, kind: ProblemKind) -> dict[str, Any]:
    return {
        "target": np.zeros(n),
        "numeric": np.zeros((n, k)),
        "groups": [np.zeros(n)],
        "kind": kind,
        "absent": None,
        "columns": {"twin": np.arange(n), "twin_with_target": np.arange(n)},
    }
