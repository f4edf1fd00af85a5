"""Quality at intersections, held against figures by hand and against the checks of single attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.golden_world import make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ProblemKind

_N = 100  # rows of each of the four crossings


def _crossed(code: Any) -> dict[str, tuple[tuple[str, str], Any]]:
    return {"x": (("x0", "x1"), code // 2), "y": (("y0", "y1"), code % 2)}


def cases() -> list[GoldenCase]:
    """Three kinds of problems, each good but for one crossing that no single attribute shows in full."""
    return [_risks(), _classes(), _errors(), _few()]


def _risks() -> GoldenCase:
    code, event = np.repeat(np.arange(4), _N), np.tile([0, 1], 2 * _N)
    risk = np.where(code == 3, 0.5, np.where(event == 1, 0.8, 0.2))
    expected = (
        ("auc", "x0 × y0", 1.0),
        ("auc", "x1 × y1", 0.5),
        ("brier", "x0 × y1", 0.04),
        ("brier", "x1 × y1", 0.25),
        ("auc_gap", "x0 × y0", 0.5),
        ("brier_gap", "x1 × y1", 0.21),
    )
    return GoldenCase(
        "blind at one crossing", make_input(event, {"model": risk}, groups=_crossed(code)), expected
    )


def _classes() -> GoldenCase:
    code, target = np.repeat(np.arange(4), _N), np.tile([0, 1, 2, 0], _N)
    named = np.where((code == 2) & (np.arange(4 * _N) % 2 == 0), (target + 1) % 3, target)
    given = make_input(
        target,
        {"model": np.eye(3)[named]},
        groups=_crossed(code),
        kind=ProblemKind.MULTICLASS,
        classes=("k", "l", "m"),
    )
    expected = (("accuracy", "x0 × y0", 1.0), ("accuracy", "x1 × y0", 0.5), ("accuracy_gap", "x0 × y0", 0.5))
    return GoldenCase("half right at one crossing", given, expected)


def _errors() -> GoldenCase:
    code, target = np.repeat(np.arange(4), _N), np.arange(4.0 * _N)
    error = np.where(code == 1, 2.0, np.tile([1.0, -1.0], 2 * _N))
    given = make_input(target, {"model": target + error}, groups=_crossed(code), kind=ProblemKind.REGRESSION)
    expected = (
        ("mae", "x0 × y1", 2.0),
        ("mae", "x1 × y1", 1.0),
        ("mean_error", "x0 × y0", 0.0),
        ("mean_error_gap", "x0 × y1", 2.0),
    )
    return GoldenCase("too high at one crossing", given, expected)


def _few() -> GoldenCase:
    """Ten people are no group, and are never counted as 0."""
    code = np.r_[np.repeat([0, 1, 2], _N), np.full(10, 3)]
    event = np.tile([0, 1], len(code) // 2)
    risk = np.where(event == 1, 0.8, 0.2)
    expected = (("auc", "x1 × y1", None), ("brier", "x1 × y1", None), ("auc", "x0 × y0", 1.0))
    return GoldenCase(
        "a crossing of ten", make_input(event, {"model": risk}, groups=_crossed(code)), expected
    )
