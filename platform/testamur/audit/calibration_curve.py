"""Calibration as numbers: regression of the outcome on the stated risk, bins, and distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.brier_parts import brier_estimates
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, share_interval
from testamur.audit.logistic import fit_logistic, logit
from testamur.audit.smooth_error import ici_estimate, smooth_of

ECE_BINS = 15
FINE_BINS = 100  # the smooth sees the rows through these; with 1,000 the ICI changes by less than 2e-4


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
    cell = bin_places(sorted_risk, n_bins) * 2 + event
    counts = np.bincount(cell, minlength=2 * n_bins).astype(np.float64)
    sums = np.bincount(cell, weights=sorted_risk, minlength=2 * n_bins)
    mean = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    keep = counts.reshape(-1, 2).sum(axis=1) > 0
    return Bins(counts.reshape(-1, 2)[keep], mean.reshape(-1, 2)[keep])


def bin_places(risk: Floats, n_bins: int) -> Ints:
    """(n,) bin of each row in the order of rising risk, as `equal_mass` cuts them."""
    place = np.arange(len(risk)) * n_bins // len(risk)
    new = np.r_[True, risk[1:] != risk[:-1]]
    first = np.maximum.accumulate(np.where(new, np.arange(len(risk)), 0))  # the first row with the same risk
    return np.asarray(place[first])


def distances(
    event: Ints, risk: Floats, *, level: float, rng: np.random.Generator
) -> tuple[dict[str, Estimate], list[list[float]]]:
    """ECE, ICI and the parts of the Brier score with intervals, and the smooth curve as points."""
    z, bins = critical_value(level), equal_mass(event, risk, ECE_BINS)
    found = brier_estimates(bins.counts, bins.risk, z)
    found["ece"] = ece_estimate(bins.counts, bins.risk, level)
    fine = equal_mass(event, risk, min(FINE_BINS, len(event)))
    smooth = smooth_of(fine.counts, fine.risk, z)
    found["ici"] = ici_estimate(smooth, level, rng)
    return found, smooth.points


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
