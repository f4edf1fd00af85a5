"""Intervals in closed form: shares, their differences and ratios, means, AUC, calibration regression."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import NormalDist

import numpy as np
from parts.coverage_worlds import LEVEL, Method, Rng, Z, holds, stated

from testamur.audit.attack_rates import hits_at
from testamur.audit.auc import auc_estimate, auc_gain, auc_only, auc_only_estimate, auc_parts
from testamur.audit.calibration_curve import observed_expected, regression
from testamur.audit.exact_share import clopper_pearson
from testamur.audit.interval import difference, mean_estimate, ratio, share_interval, wilson
from testamur.audit.macro_auc import macro_estimate


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
    """The score interval with DeLong's variance, moderated."""
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


def auc_of_groups(n: int) -> Callable[[Rng], bool]:
    """Square-and-add of the AUCs of two groups."""
    truth = NormalDist().cdf(1 / 2**0.5) - NormalDist().cdf(0.5 / 2**0.5)

    def run(r: Rng) -> bool:
        ends = []
        for d in (1.0, 0.5):
            event = np.repeat([0, 1], n // 2)
            e = auc_estimate(auc_parts(event, r.normal(size=n) + d * event), Z)
            ends += [e.value, e.low, e.high]
        low, high = difference(*ends)
        return bool(low <= truth <= high)

    return run


def auc_of_classes(n: int) -> Callable[[Rng], bool]:
    """DeLong's components averaged over three classes, each told by a score of its own."""
    far, near = NormalDist().cdf(1.4 / 2**0.5), NormalDist().cdf(1.0 / 2**0.5)
    truth = (far + 2 * near) / 3

    def run(r: Rng) -> bool:
        kind = np.repeat([0, 1, 2], n // 3)
        score = r.normal(size=(n, 3))
        score[np.arange(n), kind] += np.array([1.4, 1.0, 1.0])[kind]
        parts = [auc_parts((kind == k).astype(np.int64), score[:, k]) for k in range(3)]
        return holds(macro_estimate(parts, Z), truth)

    return run


def exact(n: int, p: float) -> Callable[[Rng], bool]:
    """Clopper and Pearson's interval."""

    def run(r: Rng) -> bool:
        low, high = clopper_pearson(int(r.binomial(n, p)), n, LEVEL)
        return low <= p <= high

    return run


def hits(n: int) -> Callable[[Rng], bool]:
    """Members found at 1 % of false alarms, the threshold drawn too."""
    normal = NormalDist()
    truth = 1 - normal.cdf(normal.inv_cdf(0.99) - 1)

    def run(r: Rng) -> bool:
        member = np.repeat([True, False], n)
        estimate = hits_at(member, r.normal(size=2 * n) + member, 0.01, 1, LEVEL)
        return estimate is not None and holds(estimate, truth)

    return run


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


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    return {
        "Wilson, corrected: 25 rows, share 0.02": share(25, 0.02),
        "Wilson, corrected: 60 rows, share 0.3": share(60, 0.3),
        "Clopper-Pearson: 40 rows, share 0.1": exact(40, 0.1),
        "Clopper-Pearson with the threshold's error: 500 members, 500 others": hits(500),
        "Newcombe, difference: 40 and 60 rows, 0.3 and 0.5": gap(40, 0.3, 60, 0.5),
        "Newcombe, difference: 25 rows each, 0.05": gap(25, 0.05, 25, 0.05),
        "MOVER-R, ratio: 60 and 80 rows, 0.3 and 0.5": gap(60, 0.3, 80, 0.5, as_ratio=True),
        "Student: 40 skewed errors": student(40),
        "moderated DeLong: 100 rows, AUC 0.76": auc(100, 1.0),
        "moderated DeLong: 100 rows, AUC 0.92": auc(100, 2.0),
        "moderated DeLong, clustered: 60 people of 4 rows": auc_clustered(240, 4),
        "DeLong, paired: 200 rows": auc_difference(200),
        "moderated DeLong, averaged over three classes: 150 rows": auc_of_classes(150),
        "square-and-add, AUC of two groups: 100 rows each": auc_of_groups(100),
        "Wald, calibration slope: 500 rows": slope("calibration_slope", 0.8),
        "Wald, calibration intercept: 500 rows": slope("calibration_intercept", 0.2),
        "log scale, O/E: 500 rows": expected,
    }
