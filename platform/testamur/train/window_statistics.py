"""Simple statistics of windows: what a classical classifier of measurements is told."""

from __future__ import annotations

import numpy as np

from testamur.contracts.errors import TestamurError
from testamur.contracts.table import RowsPart
from testamur.train.window_layout import filled

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
BANDS = 4  # equal parts of the spectrum up to half the sampling rate
CHUNK = 2048  # windows looked at together


def window_statistics(part: RowsPart) -> np.ndarray:
    """(n, n_channels * 13) float64: per channel mean, deviation, quantiles, change, energy and its bands.

    Energy is the log of the mean squared deviation from the mean; the bands are shares of it.

    Raises:
        TestamurError: The rows have no windows.
    """
    if part.history is None:
        raise TestamurError("statistics of windows need windows, however: these are plain rows")
    history = part.history
    if not part.n_rows:
        return np.zeros((0, history.values.shape[1] * 13))
    log = filled(history, 0)
    length = int(history.stop[0] - history.start[0])
    chunks = []
    for begin in range(0, part.n_rows, CHUNK):
        start = history.start[begin : begin + CHUNK]
        chunks.append(_describe(log[start[:, None] + np.arange(length)].astype(np.float64)))
    return np.concatenate(chunks)


def _describe(windows: np.ndarray) -> np.ndarray:
    """(b, n_channels * 13) from (b, length, n_channels)."""
    quantiles = np.quantile(windows, LEVELS, axis=1)  # (5, b, n_channels)
    change = np.abs(np.diff(windows, axis=1)).mean(axis=1) if windows.shape[1] > 1 else 0 * windows[:, 0]
    power = np.abs(np.fft.rfft(windows - windows.mean(axis=1, keepdims=True), axis=1)) ** 2
    total = power[:, 1:].sum(axis=1)  # (b, n_channels)
    bands = [
        band.sum(axis=1) / np.maximum(total, 1e-12) for band in np.array_split(power[:, 1:], BANDS, axis=1)
    ]
    parts = [windows.mean(axis=1), windows.std(axis=1), *quantiles, change, np.log(total + 1e-12), *bands]
    described: np.ndarray = np.concatenate(parts, axis=1)
    return described
