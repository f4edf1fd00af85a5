"""The log of all series: what a window shows of each step, and what it is to predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import DatasetSpec, ProblemKind, WindowRule
from testamur.data.column_types import as_text
from testamur.data.series import Series

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """The steps of all series with what a window shows of them.

    Attributes:
        series: The steps.
        values: (T, n_channels) float32, NaN where unknown; the target of a forecast first.
        target: (T,) value of a forecast, or class code (-1 = none) as float64.
    """

    series: Series
    values: NDArray[np.float32]
    target: Float64


def channel_names(spec: DatasetSpec) -> tuple[str, ...]:
    """The columns of a window, in order: a forecast's target first, else the channels of the rule."""
    rule = spec.windows or WindowRule()
    if spec.problem.kind is ProblemKind.FORECAST:
        others = [name for name in (*rule.channels, *rule.known_ahead) if name != spec.problem.target]
        return (spec.problem.target, *dict.fromkeys(others))
    return tuple(dict.fromkeys((*rule.channels, *rule.known_ahead)))


def read_log(frame: pl.DataFrame, series: Series, spec: DatasetSpec, classes: Sequence[str]) -> Log:
    """What windows show of the steps, and what they are to predict."""
    names = channel_names(spec)
    values = np.stack([series.values(frame.get_column(name)) for name in names], axis=1).astype(np.float32)
    if spec.problem.kind is ProblemKind.FORECAST:
        target = series.values(frame.get_column(spec.problem.target))
    else:
        codes = as_text(frame.get_column(spec.problem.target)).replace_strict(
            list(classes), list(range(len(classes))), default=-1, return_dtype=pl.Int64
        )
        target = np.nan_to_num(series.values(codes.fill_null(-1).cast(pl.Float64)), nan=-1.0)
    return Log(series, values, target)


def future(log: Log, stop: Int64, horizon: int) -> Float64:
    """(n, horizon) values from each origin on, NaN where unknown or past the end of the series."""
    places = stop[:, None] + np.arange(horizon)
    end = log.series.first[log.series.number[stop - 1] + 1][:, None]
    values = log.target[np.minimum(places, log.target.size - 1)]
    return np.where(places < end, values, np.nan)
