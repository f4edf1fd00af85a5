"""The past of one row in the place of another's: whole channels, or stretches of time.

The past of a forecast's target keeps level and spread of the window it comes into: a series of another size
would say nothing about what the model looks at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.audit.interval import Ints
from testamur.audit.made_rows import cells_of
from testamur.audit.own_past import age_of, windows_of, with_windows
from testamur.audit.tried_past import TriedPast
from testamur.contracts.table import RowsPart


def exchange_channel(rows: TriedPast, channel: int, order: Ints, *, forecast: bool) -> RowsPart:
    """The rows with one channel as another row has it, and what is known of it beyond the origin.

    Args:
        rows: Windows.
        channel: Which.
        order: (n,) whose channel comes to each row.
        forecast: True where channel 0 is the target, which keeps level and spread.
    """
    windows = windows_of(rows.log)
    windows[:, :, channel] = _donated(windows, order, forecast=forecast)[:, :, channel]
    log = with_windows(rows.log, windows)
    if rows.ahead and channel > 0:
        here = rows.log.stop[:, None] + np.arange(rows.ahead)
        there = here[order]
        both = _known(rows, here) & _known(rows, there, order)
        log.values[here[both], channel] = rows.log.values[there[both], channel]
    return rows.part_with(log)


def exchange_steps(rows: TriedPast, first: int, last: int, order: Ints, *, forecast: bool) -> RowsPart:
    """The rows with some steps of all channels as another row has them.

    Args:
        rows: Windows.
        first: Nearest step before the origin that is exchanged, from 1.
        last: Farthest.
        order: (n,) whose steps come to each row.
        forecast: True where channel 0 is the target, which keeps level and spread.
    """
    windows = windows_of(rows.log)
    length = windows.shape[1]
    mine = slice(length - last, length - first + 1)
    windows[:, mine] = _donated(windows, order, forecast=forecast)[:, mine]
    return rows.part_with(with_windows(rows.log, windows))


def exchange_feature(rows: TriedPast, feature: int, order: Ints) -> RowsPart:
    """The rows with one column of their last step as another row has it; a missing flag goes with it."""
    k = rows.part.numeric.shape[1]
    if feature < k:
        numeric, missing = rows.part.numeric.copy(), rows.part.missing.copy()
        numeric[:, feature], missing[:, feature] = numeric[order, feature], missing[order, feature]
        return replace(rows.part, numeric=numeric, missing=missing)
    codes = rows.part.categorical.copy()
    codes[:, feature - k] = codes[order, feature - k]
    return replace(rows.part, categorical=codes)


def varies(rows: TriedPast, feature: int) -> bool:
    """Whether a column takes more than one value."""
    column = cells_of(replace(rows.part, history=None)).values[:, feature]
    return bool(np.ptp(column) > 0) if column.size else False


def exchange_items(rows: TriedPast, rng: np.random.Generator) -> RowsPart:
    """The rows with the items of all their past steps dealt out anew."""
    return _dealt(rows, 0, age_of(rows.log) > 0, rng)


def exchange_answers(rows: TriedPast, rng: np.random.Generator) -> RowsPart:
    """The rows with right and wrong of all their past steps dealt out anew."""
    return _dealt(rows, 1, age_of(rows.log) > 0, rng)


def exchange_asked(rows: TriedPast, rng: np.random.Generator) -> RowsPart:
    """The rows with the items that are asked dealt out anew."""
    return _dealt(rows, 0, age_of(rows.log) == 0, rng)


def _dealt(rows: TriedPast, code: int, steps: Any, rng: np.random.Generator) -> RowsPart:
    codes = rows.log.codes.copy()
    codes[steps, code] = rng.permutation(codes[steps, code])
    return rows.part_with(replace(rows.log, codes=codes))


def _donated(windows: Any, order: Ints, *, forecast: bool) -> Any:
    """(n, length, n_channels) the windows that come; the target's moved to level and spread of its place."""
    donated = windows[order].copy()
    if forecast:
        own, other = windows[:, :, 0].astype(np.float64), donated[:, :, 0].astype(np.float64)
        level, spread = _moments(own)
        from_level, from_spread = _moments(other)
        moves = from_spread > 0
        standard = np.where(moves, (other - from_level) / np.where(moves, from_spread, 1), 0)
        donated[:, :, 0] = level + spread * standard
        donated[:, :, 0][np.isnan(other)] = np.nan
    return donated


def _moments(windows: Any) -> tuple[Any, Any]:
    """(n, 1) mean and standard deviation of the known steps; 0 where none is known."""
    known = ~np.isnan(windows)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    values = np.where(known, windows, 0.0)
    level = values.sum(axis=1, keepdims=True) / count
    spread = np.sqrt((np.where(known, windows - level, 0.0) ** 2).sum(axis=1, keepdims=True) / count)
    return level, spread


def _known(rows: TriedPast, places: Any, order: Ints | None = None) -> Any:
    """True where a step beyond an origin still belongs to the row's own series."""
    number = np.arange(rows.n) if order is None else order
    inside = places < rows.log.series.size
    return inside & (rows.log.series[np.minimum(places, rows.log.series.size - 1)] == number[:, None])
