"""Calibration as numbers: regression of the outcome on the stated risk, bins, and distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.calibration_error import ece_estimate
from testamur.audit.interval import Estimate, Floats, Ints, share_interval
from testamur.audit.logistic import fit_logistic, logit
from testamur.audit.resample import basic_estimate, percentile_estimate
from testamur.audit.smooth import N_POINTS, lowess

ECE_BINS = 15
_FINE_BINS = 300  # the smooth sees the rows through these; the ICI changes by less than 1e-3


def regression(event: Ints, risk: Floats, z: float) -> dict[str, Estimate]:
    """Calibration in the large, intercept and slope, with Wald intervals; absent where not estimable."""
    n, x = len(event), logit(risk)
    found: dict[str, Estimate] = {}
    large = fit_logistic(np.ones((n, 1)), event, offset=x)
    if large is not None:
        found["calibration_in_the_large"] = _wald(large.coefficients[0], large.errors[0], z, n)
    design = np.stack([np.ones(n), x], axis=1)
    both = fit_logistic(design, event, start=(0.0, 1.0)) or fit_logistic(design, event)
    if both is not None:
        found["calibration_intercept"] = _wald(both.coefficients[0], both.errors[0], z, n)
        found["calibration_slope"] = _wald(both.coefficients[1], both.errors[1], z, n)
    return found


def _wald(value: float, error: float, z: float, n: int) -> Estimate:
    return Estimate(value, value - z * error, value + z * error, "logistic regression, Wald interval", n)


def observed_expected(event: Ints, risk: Floats, z: float) -> Estimate | None:
    """O/E with its interval on the log scale: se = sqrt((1 - O/n) / O) (Debray et al. 2017)."""
    n, observed, expected = len(event), float(event.sum()), float(risk.sum())
    if observed == 0 or expected == 0:
        return None
    value, error = observed / expected, ((1 - observed / n) / observed) ** 0.5
    if error == 0.0:
        return None
    return Estimate(
        value, value * np.exp(-z * error), value * np.exp(z * error), "log scale, Wald interval", n
    )


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Rows in order of risk, in bins of equal size.

    Attributes:
        counts: (k, 2) rows without and with the event.
        risk: (k, 2) mean risk of each of the two; 0 where there is no row.
    """

    counts: Floats
    risk: Floats


def equal_mass(event: Ints, risk: Floats, n_bins: int) -> Bins:
    """Cut the rows into bins of equal size; equal risks stay in one bin."""
    sorted_risk = risk
    if (risk[1:] < risk[:-1]).any():  # who bins several times sorts once before
        order = np.argsort(risk)  # the order within equal risks does not matter
        sorted_risk, event = risk[order], event[order]
    place = np.arange(len(risk)) * n_bins // len(risk)
    new = np.r_[True, sorted_risk[1:] != sorted_risk[:-1]]
    first = np.maximum.accumulate(np.where(new, np.arange(len(risk)), 0))  # the first row with the same risk
    cell = place[first] * 2 + event
    counts = np.bincount(cell, minlength=2 * n_bins).astype(np.float64)
    sums = np.bincount(cell, weights=sorted_risk, minlength=2 * n_bins)
    mean = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    keep = counts.reshape(-1, 2).sum(axis=1) > 0
    return Bins(counts.reshape(-1, 2)[keep], mean.reshape(-1, 2)[keep])


def murphy(counts: Floats, risk: Floats) -> Floats:
    """Reliability, resolution, uncertainty (Murphy 1973): (..., 3) from (..., k, 2) counts."""
    rows = counts.sum(axis=-1)
    safe, total = np.maximum(rows, 1.0), rows.sum(axis=-1)
    observed, stated = counts[..., 1] / safe, (counts * risk).sum(axis=-1) / safe
    common = counts[..., 1].sum(axis=-1) / total
    reliability = (rows * (observed - stated) ** 2).sum(axis=-1) / total
    resolution = (rows * (observed - common[..., None]) ** 2).sum(axis=-1) / total
    return np.stack([reliability, resolution, common * (1 - common)], axis=-1)


def ici(counts: Floats, risk: Floats) -> tuple[float, Floats, Floats]:
    """Integrated calibration index from fine bins, and the smooth curve.

    Returns:
        mean |p - smooth(p)| over the rows; grid of risks; smooth at the grid.
    """
    rows = counts.sum(axis=-1)
    used = rows > 0
    stated = (counts * risk).sum(axis=-1)[used] / rows[used]
    observed = counts[used, 1] / rows[used]
    order = np.argsort(stated)
    stated, observed, weight = stated[order], observed[order], rows[used][order]
    grid = np.interp(np.linspace(0, 1, N_POINTS), np.linspace(0, 1, len(stated)), stated)
    smooth = lowess(stated, observed, weight, grid)
    at_rows = np.interp(stated, grid, smooth)
    return float((weight * np.abs(stated - at_rows)).sum() / weight.sum()), grid, smooth


def distances(
    event: Ints, risk: Floats, *, level: float, n_boot: int, rng: np.random.Generator
) -> tuple[dict[str, Estimate], list[list[float]]]:
    """ECE, ICI and Murphy's parts with intervals, and the smooth curve as points.

    All but the ECE are resampled: drawing rows is drawing the cells (bin, outcome), whose mean risk is kept
    fixed.
    """
    n, bins = len(event), equal_mass(event, risk, ECE_BINS)
    drawn = _draw(bins, n_boot, rng)
    found = {"ece": ece_estimate(bins.counts, bins.risk, level)}
    parts, drawn_parts = murphy(bins.counts, bins.risk), murphy(drawn, bins.risk)
    found["brier_reliability"] = basic_estimate(float(parts[0]), drawn_parts[:, 0], level, n, floor=0.0)
    for i, name in ((1, "brier_resolution"), (2, "brier_uncertainty")):
        found[name] = percentile_estimate(float(parts[i]), drawn_parts[:, i], level, n)
    fine = equal_mass(event, risk, min(_FINE_BINS, n))
    value, grid, smooth = ici(fine.counts, fine.risk)
    replicates = np.array([ici(c, fine.risk)[0] for c in _draw(fine, min(n_boot, 200), rng)])
    found["ici"] = basic_estimate(value, replicates, level, n, floor=0.0)
    return found, [[round(float(x), 5), round(float(y), 5)] for x, y in zip(grid, smooth, strict=True)]


def _draw(bins: Bins, n_boot: int, rng: np.random.Generator) -> Floats:
    total = bins.counts.sum()
    drawn = rng.multinomial(int(total), bins.counts.ravel() / total, size=n_boot)
    return drawn.reshape(n_boot, *bins.counts.shape).astype(np.float64)


def reliability_bins(
    event: Ints, risk: Floats, *, n_bins: int, minimum: int, z: float
) -> list[dict[str, Any]]:
    """Bins of a reliability diagram, joined until each holds `minimum` events and as many non-events."""
    bins = equal_mass(event, risk, n_bins)
    joined: list[tuple[Floats, Floats]] = []
    counts, sums = np.zeros(2), np.zeros(2)
    for row, mean in zip(bins.counts, bins.risk, strict=True):
        counts, sums = counts + row, sums + row * mean
        if counts.min() >= minimum:
            joined.append((counts, sums))
            counts, sums = np.zeros(2), np.zeros(2)
    if counts.sum() and joined:
        joined[-1] = (joined[-1][0] + counts, joined[-1][1] + sums)
    return [_bin(c, s, z) for c, s in joined]


def _bin(counts: Floats, sums: Floats, z: float) -> dict[str, Any]:
    n = float(counts.sum())
    low, high = share_interval(counts[1], n, z)
    observed, stated = float(counts[1] / n), float(sums.sum() / n)
    return {
        "mean_predicted": stated,
        "observed": observed,
        "low": float(low),
        "high": float(high),
        "n": int(n),
    }
