"""A past that is not quite as it was: noise, gaps, steps that are lost, items taken for others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats
from testamur.audit.own_past import age_of, keep_steps, windows_of, with_windows
from testamur.audit.tried_past import TriedPast
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import RowsPart, RowsTable

_FEW_VALUES = 2  # of a channel that is a truth value and is not moved


def channel_spreads(table: RowsTable, rows: TriedPast) -> Floats:
    """(n or 1, n_channels) standard deviation by which noise is measured; 0 of channels that are not moved.

    Of a forecast's target that of each window, as series differ in size; of other channels that of all
    steps up to the last training window.
    """
    log = table.train.history
    assert log is not None
    seen = log.values[: int(log.stop.max(initial=0))] if table.train.n_rows else log.values
    spread = np.array([_spread(channel) for channel in seen.T.astype(np.float64)])
    if table.problem.kind is not ProblemKind.FORECAST:
        return spread[None, :]
    own = np.repeat(spread[None, :], rows.n, axis=0)
    window = windows_of(rows.log)[:, :, 0].astype(np.float64)
    known = ~np.isnan(window)
    level = np.where(known, window, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    squared = np.where(known, window - level[:, None], 0) ** 2
    own[:, 0] = np.sqrt(squared.sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    return own


def _spread(channel: Floats) -> float:
    known = channel[~np.isnan(channel)]
    if len(np.unique(known[:1000])) <= _FEW_VALUES and len(np.unique(known)) <= _FEW_VALUES:
        return 0.0
    return float(known.std())


def with_noise(rows: TriedPast, scale: Floats, rng: np.random.Generator) -> RowsPart:
    """Normal noise on every step of every channel; scale (n or 1, n_channels)."""
    windows = windows_of(rows.log)
    noise = rng.normal(size=windows.shape) * scale[:, None, :]
    return rows.part_with(with_windows(rows.log, (windows + noise).astype(np.float32)))


def with_gaps(rows: TriedPast, share: float, rng: np.random.Generator) -> RowsPart:
    """This share of all values of the windows unknown, each by itself."""
    windows = windows_of(rows.log)
    windows[rng.random(windows.shape) < share] = np.nan
    return rows.part_with(with_windows(rows.log, windows))


def with_gap(rows: TriedPast, share: float, rng: np.random.Generator) -> RowsPart:
    """One stretch of each window, at a place of its own, unknown in all channels."""
    windows = windows_of(rows.log)
    n, length, _ = windows.shape
    lost = max(round(share * length), 1)
    first = rng.integers(0, length - lost + 1, n)
    windows[_between(first, first + lost, length)] = np.nan
    return rows.part_with(with_windows(rows.log, windows))


def without_latest(rows: TriedPast, share: float) -> RowsPart:
    """The latest steps of each window not yet known."""
    windows = windows_of(rows.log)
    windows[:, -max(round(share * windows.shape[1]), 1) :] = np.nan
    return rows.part_with(with_windows(rows.log, windows))


def with_steps_lost(rows: TriedPast, share: float, rng: np.random.Generator) -> RowsPart:
    """Answers or choices of the past lost at random; what is left closes up."""
    age = age_of(rows.log)
    keep = (age <= 0) | (rng.random(age.size) >= share)
    return rows.part_with(keep_steps(rows.log, keep))


def with_latest_left_out(rows: TriedPast, n_steps: int) -> RowsPart:
    """Without the latest steps of each past."""
    age = age_of(rows.log)
    return rows.part_with(keep_steps(rows.log, (age <= 0) | (age > n_steps)))


def with_latest_only(rows: TriedPast, n_steps: int) -> RowsPart:
    """With the latest steps of each past alone; 0: without any past."""
    return rows.part_with(keep_steps(rows.log, age_of(rows.log) <= n_steps))


def with_items_mistaken(rows: TriedPast, share: float, rng: np.random.Generator) -> RowsPart:
    """A share of the past items taken for others, which are drawn as often as they occur in the pasts."""
    age, codes = age_of(rows.log), rows.log.codes.copy()
    past = np.flatnonzero(age > 0)
    wrong = past[rng.random(past.size) < share]
    codes[wrong, 0] = rows.log.codes[rng.choice(past, wrong.size), 0] if past.size else 0
    return rows.part_with(replace(rows.log, codes=codes))


def with_answers_mistaken(rows: TriedPast, share: float, rng: np.random.Generator) -> RowsPart:
    """A share of the past answers marked the other way round; unknown ones stay unknown."""
    age, codes = age_of(rows.log), rows.log.codes.copy()
    wrong = (age > 0) & (rng.random(age.size) < share) & (codes[:, 1] >= 0)
    codes[wrong, 1] = 1 - codes[wrong, 1]
    return rows.part_with(replace(rows.log, codes=codes))


def _between(first: Any, last: Any, length: int) -> NDArray[np.bool_]:
    """(n, length) True from `first` up to `last`."""
    step = np.arange(length)[None, :]
    return (step >= first[:, None]) & (step < last[:, None])
