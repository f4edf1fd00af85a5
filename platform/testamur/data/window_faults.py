"""Series from which windows cannot be cut, or not into every part: refused, or left out and said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from testamur.contracts.dataset import DatasetSpec, ProblemKind, WindowRule
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.data import wording
from testamur.data.origins import Origins
from testamur.data.series import Series
from testamur.data.window_log import Log

PARTS = ("training", "validation", "test")


def tell_left_out(series: Series, origins: Origins, spec: DatasetSpec) -> list[str]:
    """A note on the series that no window could be cut from."""
    used = np.unique(series.number[origins.stop - 1]).size
    if used == series.n_series:
        return []
    return [
        f"{wording.counted(series.n_series - used, 'series', 'series')} of {series.n_series:,} left out: "
        f"shorter than {_needed(spec)}, or with too many gaps"
    ]


def require_windows(origins: Origins, log: Log, spec: DatasetSpec, classes: Sequence[str]) -> None:
    """Hold the windows against what is needed: some in every part, and of every class in training.

    Args:
        origins: Where windows end, and in which part.
        log: The steps.
        spec: The declaration with nothing left open.
        classes: Names of the classes; empty for a forecast.

    Raises:
        DataError: No series is long enough, or a part would be without windows, or training without a class.
    """
    longest = int(np.diff(log.series.first).max())
    if not origins.stop.size:
        message = (
            f"series longer than {_needed(spec)} are required, however: the longest has {longest:,} steps"
        )
        remedy = "a shorter windows.length or horizon, or longer series"
        raise DataError("The windows cannot be cut", [Fault("dataset.windows", message, remedy)])
    faults = [
        Fault(
            "dataset.split",
            f"{_needed(spec)} must fit into every part, however: {name} has none",
            "larger shares for validation and test, a shorter horizon or window, or longer series",
        )
        for side, name in enumerate(PARTS)
        if not (origins.side == side).any()
    ]
    if classes and not faults:
        codes = log.target[origins.stop - 1]
        absent = len(classes) - np.unique(codes[origins.side == 0]).size
        if absent:
            message = f"training needs windows of all {len(classes)} classes, however: {absent} are absent"
            faults.append(Fault("dataset.split", message, "more series, or another split"))
    if faults:
        raise DataError("The windows cannot be divided", faults)


def _needed(spec: DatasetSpec) -> str:
    rule, horizon = spec.windows or WindowRule(), spec.problem.horizon
    ahead = f" and a horizon of {horizon}" if spec.problem.kind is ProblemKind.FORECAST else ""
    return f"a window of {rule.length} steps{ahead}"
