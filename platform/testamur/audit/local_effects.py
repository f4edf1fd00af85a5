"""Accumulated local effects of numbers: how an answer moves while all else stays as it is.

D. W. Apley, J. Zhu: Visualizing the effects of predictor variables in black box supervised learning models,
JRSS B 82, 2020. Only rows near a value are moved to it, so that no unlikely row is made where columns
depend on each other, which a partial dependence plot does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.made_rows import Cells

_MOST_BINS, _ROWS_PER_BIN = 12, 20
_N_WALKS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class LocalEffects:
    """The curve of one number.

    Attributes:
        edges: (k + 1,) ascending encoded values.
        steps: (n,) change of the answer over each row's bin.
        bins: (n,) bin of each row.
        curve: (k + 1,) accumulated effect at the edges, its mean over the rows 0.
        errors: (k + 1,) standard error of the accumulated effect, 0 at the first edge.
        n_known: Rows whose number is known; the others are left out.
    """

    edges: Floats
    steps: Floats
    bins: Ints
    curve: Floats
    errors: Floats
    n_known: int

    @property
    def span(self) -> float:
        """Highest less lowest point of the curve."""
        return float(self.curve.max() - self.curve.min())

    def span_estimate(self, level: float, rng: np.random.Generator) -> Estimate:
        """The span with an interval for these edges; steps of neighbouring bins have independent errors.

        A largest difference is biased upwards: the curve's errors alone have a span. Above, span >= the
        difference at the places where the true one is largest, so that z times the largest standard error
        of a difference (that of both ends) is enough. Below, span - truth <= span of the errors, whose
        quantile is drawn from the walk that they are.

        Args:
            level: Of the interval.
            rng: Source of the draws.
        """
        steps = np.sqrt(np.diff(self.errors**2))
        walks = np.cumsum(rng.normal(size=(_N_WALKS, len(steps))) * steps, axis=1)
        excess = float(np.quantile(np.ptp(np.c_[np.zeros(_N_WALKS), walks], axis=1), (1 + level) / 2))
        high = self.span + critical_value(level) * float(self.errors[-1])
        method = "normal errors of the steps; below, the span of their walk"
        return Estimate(self.span, max(self.span - excess, 0.0), high, method, self.n_known)


def local_effects(ask: Callable[[Cells], Floats], cells: Cells, feature: int) -> LocalEffects | None:
    """The curve of one number, or None where the rows hold fewer than two values of it.

    Args:
        ask: The model's answer (n,) for cells.
        cells: The rows.
        feature: Position of a numeric feature.
    """
    cells = cells.taken(np.flatnonzero(~cells.missing[:, feature]))
    values = cells.values[:, feature]
    edges = _edges(values)
    if len(edges) < 2:
        return None
    bins = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)
    n = len(values)
    both = cells.taken(np.r_[np.arange(n), np.arange(n)])
    both.values[:, feature] = np.r_[edges[bins], edges[bins + 1]]
    answers = ask(both)
    steps = answers[n:] - answers[:n]
    return _accumulate(edges, steps, bins, values)


def _edges(values: Floats) -> Floats:
    """Quantiles of the values, each bin with some twenty rows at least, no two alike."""
    if not len(values):
        return np.zeros(0)
    n_bins = int(min(_MOST_BINS, max(len(values) // _ROWS_PER_BIN, 1)))
    return np.asarray(np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1), method="nearest")))


def _accumulate(edges: Floats, steps: Floats, bins: Ints, values: Floats) -> LocalEffects:
    k = len(edges) - 1
    rows = np.bincount(bins, minlength=k).astype(np.float64)
    mean = np.bincount(bins, weights=steps, minlength=k) / np.maximum(rows, 1)
    squared = np.bincount(bins, weights=(steps - mean[bins]) ** 2, minlength=k)
    spread = squared / np.maximum(rows - 1, 1) / np.maximum(rows, 1)
    curve = np.r_[0.0, np.cumsum(mean)]
    centred = curve - float(np.interp(values, edges, curve).mean())
    errors = np.sqrt(np.r_[0.0, np.cumsum(spread)])
    return LocalEffects(edges, steps, bins, centred, errors, len(steps))
