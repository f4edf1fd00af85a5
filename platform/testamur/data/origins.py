"""Where windows end, and to which part each belongs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.dataset import SplitKind, SplitRule, WindowRule
from testamur.data.series import Series
from testamur.data.split import by_entity, random_keys

Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]
Bool = NDArray[np.bool_]

TRAIN, VALIDATION, TEST = 0, 1, 2
KNOWN_SHARE = 0.5  # of a window's target that must be known for it to be an example


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Windows by their ends.

    Attributes:
        stop: (n,) one past the last step of each window, in the log of `Series`.
        side: (n,) 0 = training, 1 = validation, 2 = test.
    """

    stop: Int64
    side: Int8


@dataclass(frozen=True, slots=True)
class Cuts:
    """Moments at which validation and test begin, in the unit of `Series.time`."""

    validation: float
    test: float


def find_cuts(series: Series, rule: SplitRule) -> Cuts | None:
    """The moments that divide all series at once; None where there are fewer than three moments.

    The shares are shares of moments, whatever the number of series that have one.
    """
    moments = np.unique(series.time)
    n = moments.size
    if n < 3:
        return None
    test = min(max(round((1 - rule.test) * n), 2), n - 1)
    validation = min(max(round(test - rule.validation * n), 1), test - 1)
    return Cuts(float(moments[validation]), float(moments[test]))


def forecast_origins(
    series: Series, target: NDArray[np.float64], rule: WindowRule, horizon: int, cuts: Cuts
) -> Origins:
    """Origins of a forecast, none of which looks past the start of the next part.

    A training target ends before validation begins, and a validation target before the test does;
    origins between belong to no part. Training origins lie `stride` steps apart, counted back from the
    latest; those of the other parts `test_stride` (the horizon), counted from the first.

    Args:
        series: The log, T steps.
        target: (T,) the value, NaN where unknown.
        rule: Length and strides.
        horizon: Steps ahead.
        cuts: Where validation and test begin.
    """
    stop = _possible(series, target, rule, horizon)
    begin, end = series.time[stop], series.time[stop + horizon - 1]
    side = np.full(stop.size, -1, dtype=np.int8)
    side[end < cuts.validation] = TRAIN
    side[(begin >= cuts.validation) & (end < cuts.test)] = VALIDATION
    side[begin >= cuts.test] = TEST
    kept = _thinned(stop, side, series.number[stop - 1], rule.stride, rule.test_stride or horizon)
    return Origins(stop[kept], side[kept])


def origins_before_test(
    series: Series, target: NDArray[np.float64], rule: WindowRule, horizon: int, cuts: Cuts
) -> Int64:
    """(n,) ends of all windows whose target ends before the test begins, `stride` steps apart.

    The arguments are those of `forecast_origins`.
    """
    stop = _possible(series, target, rule, horizon)
    stop = stop[series.time[stop + horizon - 1] < cuts.test]
    side = np.full(stop.size, TRAIN, dtype=np.int8)
    return stop[_thinned(stop, side, series.number[stop - 1], rule.stride, horizon)]


def _possible(series: Series, target: NDArray[np.float64], rule: WindowRule, horizon: int) -> Int64:
    """(n,) ends of all windows that are long enough and known well enough, with a target that is known."""
    stop = np.arange(1, series.row.size + 1, dtype=np.int64)  # a window may end at every step
    number = series.number
    fits = (stop - rule.length >= series.first[number]) & (stop + horizon <= series.first[number + 1])
    fits &= series.row >= 0
    fits &= _known(target, stop - rule.length, stop) >= KNOWN_SHARE * rule.length
    stop = stop[fits]
    return stop[_known(target, stop, stop + horizon) > 0]


def window_origins(
    series: Series, labelled: Bool, entity: Int64, rule: WindowRule, split: SplitRule, seed: int
) -> Origins:
    """Ends of windows whose last row has a label, every `stride` steps of a series.

    Args:
        series: The log, T steps.
        labelled: (T,) True where the step has a row with a label.
        entity: (T,) whom each step is about; whole entities go to one part in a split by entity.
        rule: Length and strides.
        split: By entity, by time, or at random: then whole series are drawn.
        seed: Used where the split states none.
    """
    last = np.arange(series.row.size, dtype=np.int64)
    inside = last - rule.length + 1 - series.first[series.number]
    ends = np.flatnonzero((inside >= 0) & labelled)
    side = _sides(series, ends, entity, rule, split, seed)
    stride = np.where(side == TRAIN, rule.stride, rule.test_stride or rule.stride)
    kept = (side >= 0) & (inside[ends] % stride == 0)
    return Origins(ends[kept] + 1, side[kept])


def _sides(series: Series, ends: Int64, entity: Int64, rule: WindowRule, split: SplitRule, seed: int) -> Int8:
    if split.kind in (SplitKind.TIME, SplitKind.ROLLING):
        side = np.full(ends.size, -1, dtype=np.int8)
        if (cuts := find_cuts(series, split)) is not None:
            begin, end = series.time[ends - rule.length + 1], series.time[ends]
            side[end < cuts.validation] = TRAIN
            side[(begin >= cuts.validation) & (end < cuts.test)] = VALIDATION
            side[begin >= cuts.test] = TEST
        return side
    whole = entity if split.kind is SplitKind.ENTITY else series.number
    keys = random_keys(ends.size, split.seed if split.seed is not None else seed)
    return by_entity(whole[ends], keys, split)


def _known(target: NDArray[np.float64], begin: Int64, end: Int64) -> Int64:
    """(n,) how many values are known from `begin` up to, but without, `end`."""
    before = np.concatenate([[0], np.cumsum(~np.isnan(target))])
    last = target.size
    return np.asarray(before[np.clip(end, 0, last)] - before[np.clip(begin, 0, last)], dtype=np.int64)


def _thinned(stop: Int64, side: Int8, number: Int64, stride: int, test_stride: int) -> Bool:
    """(n,) True for the origins that are kept."""
    kept = np.zeros(stop.size, dtype=np.bool_)
    for part, every in ((TRAIN, stride), (VALIDATION, test_stride), (TEST, test_stride)):
        rows = np.flatnonzero(side == part)
        if not rows.size:
            continue
        ends = np.flatnonzero(np.diff(number[rows], append=-1))  # last origin of each series
        begins = np.append(0, ends[:-1] + 1)
        anchor = stop[rows[ends if part == TRAIN else begins]]
        away = np.abs(stop[rows] - np.repeat(anchor, np.diff(begins, append=rows.size)))
        kept[rows[away % every == 0]] = True
    return kept
