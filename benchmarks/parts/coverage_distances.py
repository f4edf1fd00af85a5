"""Intervals of distances, which are never below 0: calibration, parts of the Brier score, shifts, curves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from parts.coverage_worlds import LEVEL, N_BOOT, WORLDS, Method, Rng, Z, holds, stated
from scipy.special import chdtrc

from testamur.audit.bootstrap_interval import distance_estimate
from testamur.audit.brier_parts import brier_estimates
from testamur.audit.calibration_curve import ECE_BINS, FINE_BINS, equal_mass
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.fairness_curves import distance_between
from testamur.audit.population_shift import bins_of, measure_shift, stability_index
from testamur.audit.roc_distance import (
    area_between,
    count_bins,
    draw_curves,
    fine_bins,
    heights,
    joined,
    roc_of,
    roc_of_bins,
)
from testamur.audit.smooth import lowess
from testamur.audit.smooth_error import ici_estimate, smooth_of

_N_SMOOTH = 2000  # bins of the population's smooth curve


@cache
def true_distances(world: str, n_bins: int) -> dict[str, float]:
    """ECE, parts of the Brier score, ICI of the true risks of two million rows: no outcome is drawn."""
    intercept, slope = WORLDS[world]
    x = np.sort(np.random.default_rng(9).normal(size=2_000_000) * 1.2)
    risk, true = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(-(intercept + slope * x)))
    parts = [np.array([p.mean() for p in np.array_split(of, n_bins)]) for of in (risk, true)]
    at, of = (np.array([p.mean() for p in np.array_split(of, _N_SMOOTH)]) for of in (risk, true))
    gap = parts[1] - parts[0]
    return {
        "ece": float(np.abs(gap).mean()),
        "brier_reliability": float((gap**2).mean()),
        "brier_resolution": float(((parts[1] - true.mean()) ** 2).mean()),
        "brier_uncertainty": float(true.mean() * (1 - true.mean())),
        "ici": float(np.abs(lowess(at, of, np.ones(_N_SMOOTH), at) - at).mean()),
    }


def error(world: str, n: int, n_bins: int) -> Callable[[Rng], bool]:
    """The closed form of the ECE."""

    def run(r: Rng) -> bool:
        bins = equal_mass(*stated(r, n, world), n_bins)
        return holds(ece_estimate(bins.counts, bins.risk, LEVEL), true_distances(world, n_bins)["ece"])

    return run


def part(which: str, world: str, n: int = 2000) -> Callable[[Rng], bool]:
    """Score interval of a part of the Brier score."""

    def run(r: Rng) -> bool:
        bins = equal_mass(*stated(r, n, world), ECE_BINS)
        return holds(
            brier_estimates(bins.counts, bins.risk, Z)[which], true_distances(world, ECE_BINS)[which]
        )

    return run


def smooth_error(world: str, n: int) -> Callable[[Rng], bool]:
    """Interval of the ICI: the distance of the stated risks from the smooth curve of everybody."""

    def run(r: Rng) -> bool:
        fine = equal_mass(*stated(r, n, world), FINE_BINS)
        estimate = ici_estimate(smooth_of(fine.counts, fine.risk, Z), LEVEL, r)
        return holds(estimate, true_distances(world, ECE_BINS)["ici"])

    return run


def levels_shift(p: tuple[float, ...], q: tuple[float, ...], n: int, m: int) -> Callable[[Rng], bool]:
    """Score interval of the stability index of levels whose shares are known."""
    truth = float(((np.array(q) - p) * np.log(np.array(q) / p)).sum())
    return lambda r: holds(measure_shift(r.multinomial(n, p), r.multinomial(m, q), Z).estimate, truth)


def numbers_shift(by: float, n: int, m: int) -> Callable[[Rng], bool]:
    """The same of normal numbers in tenths of the training rows."""
    r = np.random.default_rng(9)
    many = bins_of(r.normal(size=2_000_000), r.normal(size=2_000_000) + by)
    truth = stability_index(*many) if by else 0.0

    def run(r: Rng) -> bool:
        return holds(measure_shift(*bins_of(r.normal(size=n), r.normal(size=m) + by), Z).estimate, truth)

    return run


def curves(d: float, e: float, n: int) -> Callable[[Rng], bool]:
    """Bootstrap of the area between two ROC curves, with its test of equal curves."""

    def draw(r: Rng, rows: int) -> list[tuple[np.ndarray, np.ndarray]]:
        event = np.repeat([0, 1], rows // 2)
        return [(event, r.normal(size=rows) + effect * event) for effect in (d, e)]

    big = draw(np.random.default_rng(8), 1_000_000)
    truth = area_between(*(roc_of_bins(count_bins(event, fine_bins(score))) for event, score in big))
    truth = 0.0 if d == e else truth

    def run(r: Rng) -> bool:
        groups = draw(r, n)
        binned_rows = [joined(count_bins(e, fine_bins(s))) for e, s in groups]
        one, two = ((heights(b), draw_curves(b, 200, r)) for b in binned_rows)
        value = area_between(*(roc_of(*group) for group in groups))
        return holds(distance_between(value, *one, *two, LEVEL, n), truth)

    return run


def variation(wanted: np.ndarray, true: np.ndarray, n: int) -> Callable[[Rng], bool]:
    """Bootstrap of the total variation from declared shares, with the chi-square test near 0."""

    def run(r: Rng) -> bool:
        found = r.multinomial(n, true) / n
        replicates = np.abs(r.multinomial(n, found, size=N_BOOT) / n - wanted).sum(axis=1) / 2
        value = float(np.abs(found - wanted).sum() / 2)
        p_value = float(chdtrc(len(found) - 1, n * ((found - wanted) ** 2 / wanted).sum()))
        estimate = distance_estimate(value, replicates, LEVEL, n, p_value)
        return holds(estimate, float(np.abs(true - wanted).sum() / 2))

    return run


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    even, skewed = np.full(4, 0.25), np.array([0.35, 0.3, 0.2, 0.15])
    rare = (0.6, 0.38, 0.02)
    found: dict[str, Method] = {
        "bootstrap of a distance, total variation: 300 rows, 0.15 apart": variation(even, skewed, 300),
        "bootstrap of a distance, total variation: 300 rows, not apart": variation(even, even, 300),
        "residuals of bins, ECE: 20,000 rows, off": error("off", 20_000, ECE_BINS),
        "residuals of bins, ECE: 100 rows in 5 bins, off": error("off", 100, 5),
        "residuals of bins, ECE: 100 rows in 5 bins, as stated": error("as stated", 100, 5),
        "residuals of bins, ECE: 100 rows in 5 bins, useless": error("useless", 100, 5),
        "errors of the smooth, ICI: 300 rows, off": smooth_error("off", 300),
        "score, reliability: 300 rows, off": part("brier_reliability", "off", 300),
        "score, resolution: 300 rows, off": part("brier_resolution", "off", 300),
        "score, stability index: 600 and 200 rows, numbers alike": numbers_shift(0.0, 600, 200),
        "score, stability index: 600 and 200 rows, numbers 0.4 sd apart": numbers_shift(0.4, 600, 200),
        "score, stability index: 600 and 200 rows, a rare level shifts": levels_shift(
            rare, (0.6, 0.35, 0.05), 600, 200
        ),
        "score, stability index: 600 and 200 rows, a rare level does not": levels_shift(rare, rare, 600, 200),
        "bootstrap of a distance, ABROCA: 400 rows each, apart": curves(1.0, 2.0, 400),
        "bootstrap of a distance, ABROCA: 400 rows each, alike": curves(1.0, 1.0, 400),
        "bootstrap of a distance, ABROCA: 80 rows each, alike": curves(1.0, 1.0, 80),
    }
    for world in WORLDS:
        found[f"residuals of bins, ECE: 2,000 rows, {world}"] = error(world, 2000, ECE_BINS)
        found[f"errors of the smooth, ICI: 2,000 rows, {world}"] = smooth_error(world, 2000)
        for which in ("reliability", "resolution"):
            found[f"score, {which}: 2,000 rows, {world}"] = part(f"brier_{which}", world)
    found["score, uncertainty: 2,000 rows, off"] = part("brier_uncertainty", "off")
    return found
