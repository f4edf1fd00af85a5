"""How often each kind of interval holds the truth: 2,000 samples each of worlds whose truth is known.

Goal: every method holds it in at least 93.5 % of the samples at a level of 95 %. The joint intervals of
fairness are judged family-wise in `interval_coverage.py`. Truths are closed forms, or values of a population
of two million rows where there is none.

    python benchmarks/audit_interval_coverage.py [--runs 2000] [--write]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache
from statistics import NormalDist

import harness  # first: it sets one thread
import numpy as np
from scipy.special import chdtrc

from testamur.audit.auc import auc_estimate, auc_gain, auc_only, auc_only_estimate, auc_parts
from testamur.audit.bootstrap_interval import (
    basic_estimate,
    distance_estimate,
    mean_gains,
    percentile_estimate,
)
from testamur.audit.calibration_curve import (
    ECE_BINS,
    equal_mass,

    observed_expected,
    regression,
)
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.fairness_curves import distance_between
from testamur.audit.interval import Estimate, difference, mean_estimate, ratio, share_interval, wilson
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

LEVEL, LEAST, Z, N_BOOT = 0.95, 93.5, 1.959964, 500
Rng = np.random.Generator
EXPLANATION = (
    "Each row is one way of making an interval, tried on samples of a world whose true value is known. "
    f"Bootstraps draw {N_BOOT} replicates."
)


def holds(estimate: Estimate, truth: float) -> bool:
    """Whether an interval holds the truth."""
    return bool(estimate.low - 1e-12 <= truth <= estimate.high + 1e-12)


def share(n: int, p: float) -> Callable[[Rng], bool]:
    """Wilson's interval of one share, widened for rare properties, continuity of a quarter row."""

    def run(r: Rng) -> bool:
        low, high = share_interval(r.binomial(n, p), n, Z)
        return bool(low <= p <= high)

    return run


def gap(n: int, p: float, m: int, q: float, *, as_ratio: bool = False) -> Callable[[Rng], bool]:
    """Newcombe's interval of a difference, or MOVER-R's of a ratio."""

    def run(r: Rng) -> bool:
        x, y = r.binomial(n, p), r.binomial(m, q)
        if as_ratio and y == 0:
            return True  # no denominator, no finding
        ends = (x / n, *wilson(x, n, Z), y / m, *wilson(y, m, Z))
        low, high = (ratio if as_ratio else difference)(*ends)
        return bool(low - 1e-12 <= (p / q if as_ratio else p - q) <= high + 1e-12)

    return run


def student(n: int) -> Callable[[Rng], bool]:
    """Student's interval of the mean of absolute errors, which are skewed."""
    truth = (2 / np.pi) ** 0.5
    return lambda r: holds(mean_estimate(np.abs(r.normal(size=n)), LEVEL), truth)


def auc(n: int, d: float) -> Callable[[Rng], bool]:
    """DeLong's interval on the logit scale."""
    truth = NormalDist().cdf(d / 2**0.5)

    def run(r: Rng) -> bool:
        event = np.repeat([0, 1], [n - n // 4, n // 4])
        return holds(auc_only_estimate(auc_only(event, r.normal(size=n) + d * event), Z), truth)

    return run


def auc_clustered(n: int, size: int) -> Callable[[Rng], bool]:
    """The same over rows of people, who share a part of their score."""
    truth = NormalDist().cdf(1 / 2**0.5)

    def run(r: Rng) -> bool:
        person = np.repeat(np.arange(n // size), size)
        event = r.integers(0, 2, n // size)[person]
        score = event + 0.6 * r.normal(size=n // size)[person] + 0.8 * r.normal(size=n)
        return holds(auc_estimate(auc_parts(event, score), Z, person), truth)

    return run


def auc_difference(n: int) -> Callable[[Rng], bool]:
    """Paired DeLong's interval of the gain over another score of the same rows."""
    truth = NormalDist().cdf(1 / 2**0.5) - NormalDist().cdf(0.7 / 2**0.5)

    def run(r: Rng) -> bool:
        event, common = np.repeat([0, 1], n // 2), r.normal(size=n) * 0.8
        one = event + common + 0.6 * r.normal(size=n)
        two = 0.7 * event + common + 0.6 * r.normal(size=n)
        return holds(auc_gain(auc_parts(event, one), auc_parts(event, two), Z), truth)

    return run


WORLDS = {"off": (0.2, 0.8), "slightly off": (0.05, 0.95), "as stated": (0.0, 1.0), "useless": (0.0, 0.0)}


def stated(r: Rng, n: int, world: str = "off") -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and risks; `off` is too extreme: the slope is 0.8, the intercept 0.2."""
    intercept, slope = WORLDS[world]
    x = r.normal(size=n) * 1.2
    event = (r.random(n) < 1 / (1 + np.exp(-(intercept + slope * x)))).astype(np.int64)
    return event, 1 / (1 + np.exp(-x))


@cache
def population() -> tuple[np.ndarray, np.ndarray]:
    """Two million rows of the world that is off."""
    return stated(np.random.default_rng(9), 2_000_000)


def slope(name: str, truth: float) -> Callable[[Rng], bool]:
    """Wald's interval of the calibration regression."""
    return lambda r: holds(regression(*stated(r, 500), Z)[name], truth)


def expected(r: Rng) -> bool:
    """O/E on the log scale."""
    event, risk = population()
    estimate = observed_expected(*stated(r, 500), Z)
    return estimate is None or holds(estimate, float(event.mean() / risk.mean()))


@cache
def true_distances(world: str, n_bins: int) -> dict[str, float]:
    """ECE, reliability and resolution of the true risks of two million rows: no outcome is drawn."""
    intercept, slope = WORLDS[world]
    x = np.sort(np.random.default_rng(9).normal(size=2_000_000) * 1.2)
    risk, true = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(-(intercept + slope * x)))
    parts = [np.array([p.mean() for p in np.array_split(of, n_bins)]) for of in (risk, true)]
    gap = parts[1] - parts[0]
    return {
        "ece": float(np.abs(gap).mean()),
        "reliability": float((gap**2).mean()),
        "resolution": float(((parts[1] - true.mean()) ** 2).mean()),
    }


def error(world: str, n: int, n_bins: int) -> Callable[[Rng], bool]:
    """The closed form of the ECE."""

    def run(r: Rng) -> bool:
        bins = equal_mass(*stated(r, n, world), n_bins)
        return holds(ece_estimate(bins.counts, bins.risk, LEVEL), true_distances(world, n_bins)["ece"])

    return run


def binned(which: str, world: str = "off") -> Callable[[Rng], bool]:
    """Bootstrap of bins: basic for the reliability, percentile for the resolution."""

    def run(r: Rng) -> bool:
        bins = equal_mass(*stated(r, 2000, world), ECE_BINS)
        drawn = r.multinomial(2000, bins.counts.ravel() / 2000, size=N_BOOT)
        drawn = drawn.reshape(N_BOOT, *bins.counts.shape).astype(np.float64)
        i, truth = int(which == "resolution"), true_distances(world, ECE_BINS)[which]
        value, replicates = float(murphy(bins.counts, bins.risk)[i]), murphy(drawn, bins.risk)[:, i]
        if i == 0:
            return holds(basic_estimate(value, replicates, LEVEL, 2000, floor=0.0), truth)
        return holds(percentile_estimate(value, replicates, LEVEL, 2000), truth)

    return run


def losses(n: int, size: int = 1) -> Callable[[Rng], bool]:
    """Bootstrap of mean losses over rows, or over people."""

    def run(r: Rng) -> bool:
        person = np.repeat(np.arange(n // size), size)
        loss = np.exp(0.5 * (r.normal(size=n // size)[person] + r.normal(size=n)))
        (estimate,) = mean_gains(
            loss[:, None],
            lambda means: means,
            level=LEVEL,
            n_boot=N_BOOT,
            rng=r,
            cluster=None if size == 1 else person,
            n_own=1,
        )
        return holds(estimate, float(np.exp(0.25)))

    return run


def benefit(r: Rng) -> bool:
    """Bootstrap of net benefit: few different rows, drawn as patterns."""
    chosen, event = r.random(400) < 0.4, r.random(400) < 0.5
    worth = np.where(chosen, np.where(event, 1.0, -0.25), 0.0)
    (estimate,) = mean_gains(worth[:, None], lambda m: m, level=LEVEL, n_boot=N_BOOT, rng=r, n_own=1)
    return holds(estimate, 0.4 * (0.5 - 0.125))


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


def methods() -> dict[str, Callable[[Rng], bool]]:
    """Every method by the words of the table."""
    even, skewed = np.full(4, 0.25), np.array([0.35, 0.3, 0.2, 0.15])
    return {
        "Wilson, corrected: 25 rows, share 0.02": share(25, 0.02),
        "Wilson, corrected: 60 rows, share 0.3": share(60, 0.3),
        "Newcombe, difference: 40 and 60 rows, 0.3 and 0.5": gap(40, 0.3, 60, 0.5),
        "Newcombe, difference: 25 rows each, 0.05": gap(25, 0.05, 25, 0.05),
        "MOVER-R, ratio: 60 and 80 rows, 0.3 and 0.5": gap(60, 0.3, 80, 0.5, as_ratio=True),
        "Student: 40 skewed errors": student(40),
        "DeLong, logit scale: 100 rows, AUC 0.76": auc(100, 1.0),
        "DeLong, logit scale: 100 rows, AUC 0.92": auc(100, 2.0),
        "DeLong, clustered: 60 people of 4 rows": auc_clustered(240, 4),
        "DeLong, paired: 200 rows": auc_difference(200),
        "Wald, calibration slope: 500 rows": slope("calibration_slope", 0.8),
        "Wald, calibration intercept: 500 rows": slope("calibration_intercept", 0.2),
        "log scale, O/E: 500 rows": expected,
        "bootstrap, percentile, mean loss: 200 rows": losses(200),
        "bootstrap, clustered, mean loss: 60 people of 4": losses(240, 4),
        "bootstrap, clustered, mean loss: 30 people of 4": losses(120, 4),
        "bootstrap of patterns, net benefit: 400 rows": benefit,
        "bootstrap of a distance, total variation: 300 rows, 0.15 apart": variation(even, skewed, 300),
        "bootstrap of a distance, total variation: 300 rows, not apart": variation(even, even, 300),
        "residuals of bins, ECE: 2,000 rows, off": error("off", 2000, ECE_BINS),
        "residuals of bins, ECE: 2,000 rows, slightly off": error("slightly off", 2000, ECE_BINS),
        "residuals of bins, ECE: 2,000 rows, as stated": error("as stated", 2000, ECE_BINS),
        "residuals of bins, ECE: 2,000 rows, useless": error("useless", 2000, ECE_BINS),
        "residuals of bins, ECE: 20,000 rows, off": error("off", 20_000, ECE_BINS),
        "residuals of bins, ECE: 100 rows in 5 bins, off": error("off", 100, 5),
        "residuals of bins, ECE: 100 rows in 5 bins, as stated": error("as stated", 100, 5),
        "residuals of bins, ECE: 100 rows in 5 bins, useless": error("useless", 100, 5),
        "bootstrap, basic, reliability: 2,000 rows, off": binned("reliability"),
        "bootstrap, basic, reliability: 2,000 rows, slightly off": binned("reliability", "slightly off"),
        "bootstrap, basic, reliability: 2,000 rows, as stated": binned("reliability", "as stated"),
        "bootstrap, percentile, resolution: 2,000 rows": binned("resolution"),
        "bootstrap of a distance, ABROCA: 400 rows each, apart": curves(1.0, 2.0, 400),
        "bootstrap of a distance, ABROCA: 400 rows each, alike": curves(1.0, 1.0, 400),
    }


def main() -> int:
    """Simulate, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="also write the page of figures")
    options = parser.parse_args()
    page = harness.Page(
        "audit_interval_coverage", "Intervals: coverage", EXPLANATION, packages=("numpy", "scipy")
    )
    page.note(f"{options.runs} samples for each.")
    page.lines += ["", "| method and world | holds the truth |", "|---|---:|"]
    for number, (name, run) in enumerate(methods().items()):
        r = np.random.default_rng([2026, number])
        held = 100 * np.mean([run(r) for _ in range(options.runs)])
        page.lines.append(f"| {name} | {held:.1f} % |")
        page.goal(harness.Goal(name, float(held), at_least=LEAST, unit="%"))
        print(name, held, flush=True)
    return page.finish(write=options.write)


if __name__ == "__main__":
    raise SystemExit(main())
