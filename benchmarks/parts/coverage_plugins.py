"""Intervals that the domains make for themselves: clusters, blocks of days, weeks, people, items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from parts.coverage_worlds import LEVEL, Method, Rng

from testamur.audit.bootstrap_interval import acceleration_of
from testamur.audit.interval import critical_value
from testamur_education.checks.bootstrap import cluster_mean, statistic
from testamur_education.checks.early_warning import expected_count
from testamur_education.dif.mantel_haenszel import mantel_haenszel
from testamur_education.irt.ability import estimate_abilities
from testamur_education.irt.quadrature import normal_grid
from testamur_education.irt.two_pl import Items
from testamur_finance.checks.tails import share_beyond
from testamur_finance.intervals import block_bootstrap, bootstrap, mean_interval, share_interval
from testamur_health.glucose.alarm_figures import ends_of_days
from testamur_retail.findings import from_draws
from testamur_retail.inventory.compare import ratio_of
from testamur_retail.inventory.resample import draw_weights

N_DRAWS = 300


def within(found: Any, truth: float) -> bool:
    """Whether an interval holds the truth; an end that is None is open."""
    low, high = found.low, found.high
    return (low is None or low - 1e-12 <= truth) and (high is None or truth <= high + 1e-12)


def shares_of_learners(n: int, size: int, mean: float) -> Callable[[Rng], bool]:
    """Recall or accuracy over the answers of learners, who differ."""

    def run(r: Rng) -> bool:
        able = r.beta(6 * mean, 6 * (1 - mean), size=n)
        right = (r.random((n, size)) < able[:, None]).astype(np.float64)
        learner, seed = np.repeat(np.arange(n), size), int(r.integers(2**31))
        return within(cluster_mean(right.ravel(), learner, LEVEL, seed, draws=N_DRAWS), mean)

    return run


def ranks_of_subjects(n: int) -> Callable[[Rng], bool]:
    """Mean reciprocal rank over questions of subjects of uneven size."""
    truth = float((1 / np.arange(1, 11)).mean())

    def run(r: Rng) -> bool:
        subject = np.repeat(np.arange(n), r.integers(2, 7, size=n))
        rank = r.integers(1, 11, size=len(subject))
        return within(cluster_mean(1 / rank, subject, LEVEL, int(r.integers(2**31)), draws=N_DRAWS), truth)

    return run


def spread_of_people(n: int) -> Callable[[Rng], bool]:
    """A statistic of people that is no mean: the correlation of two of their figures."""

    def run(r: Rng) -> bool:
        x = r.normal(size=n)
        y = 0.7 * x + 0.51**0.5 * r.normal(size=n)

        def compute(rows: Any) -> float:
            return float(np.corrcoef(x[rows], y[rows])[0, 1])

        return within(statistic(n, compute, LEVEL, int(r.integers(2**31)), draws=150), 0.7)

    return run


def at_risk(n: int) -> Callable[[Rng], bool]:
    """How many events will come, if the risks are right."""

    def run(r: Rng) -> bool:
        risk = r.beta(1, 5, size=n)
        _, low, high = expected_count(risk, LEVEL)
        return bool(low <= (r.random(n) < risk).sum() <= high)

    return run


def items_that_differ(n: int) -> Callable[[Rng], bool]:
    """Delta of every item of a test at once, one of which is harder for a group by 0.6."""
    difficulty, shift = np.linspace(-1.2, 1.2, 12), np.zeros(12)
    shift[5] = 0.6
    z = critical_value(LEVEL, 12)

    def run(r: Rng) -> bool:
        focal = np.arange(n) % 2 == 1
        theta = r.normal(size=n)[:, None] - difficulty - shift * focal[:, None]
        right = (r.random((n, 12)) < 1 / (1 + np.exp(-theta))).astype(np.float64)
        found = [mantel_haenszel(y, focal, right.sum(axis=1).astype(np.int64)) for y in right.T]
        return all(
            f is None or abs(f.delta + 2.35 * by) <= z * f.delta_error
            for f, by in zip(found, shift, strict=True)
        )

    return run


def abilities(n_items: int) -> Callable[[Rng], bool]:
    """Credible interval of one person's ability, over the people that the prior describes."""
    grid, j = normal_grid(), np.linspace(-2, 2, n_items)
    slope = np.full(n_items, 1.2)
    items = Items(slope, j, slope, slope, slope, 1, True)

    def run(r: Rng) -> bool:
        theta = r.normal()
        right = (r.random(n_items) < 1 / (1 + np.exp(-1.2 * (theta - j)))).astype(np.float64)
        found = estimate_abilities(right[None, :], items, grid, level=LEVEL)
        return bool(found.low[0] <= theta <= found.high[0])

    return run


def days_alike(n: int, carried: float) -> Callable[[Rng], bool]:
    """Mean loss of days of which neighbours are alike, in blocks."""

    def run(r: Rng) -> bool:
        size = np.zeros(n + 50)
        for t in range(1, n + 50):
            size[t] = carried * size[t - 1] + 0.3 * r.normal()
        loss = np.exp(size[50:] + 0.5 * r.normal(size=n))
        truth = float(np.exp(0.045 / (1 - carried**2) + 0.125))

        def mean(rows: Any) -> float:
            return float(loss[rows].mean())

        return within(block_bootstrap(mean, n, level=LEVEL, n_draws=N_DRAWS, rng=r), truth)

    return run


def breaches(n: int, share: float) -> Callable[[Rng], bool]:
    """Share of days beyond a bound, which come in rows: the wider of blocks and Wilson."""

    def run(r: Rng) -> bool:
        state = r.random() < 0.2
        daily = np.zeros(n)
        for t in range(n):
            state = (r.random() < 0.9) if state else (r.random() < 0.025)
            daily[t] = r.random() < (3 * share if state else 0.5 * share)
        return within(share_beyond(daily, LEVEL, N_DRAWS, r), share)

    return run


def costs(n: int) -> Callable[[Rng], bool]:
    """Mean cost of a decision: mostly nothing, rarely five."""

    def run(r: Rng) -> bool:
        cost = np.select([(u := r.random(n)) < 0.06, u < 0.26], [5.0, 1.0], 0.0)
        return within(mean_interval(cost, level=LEVEL, n_draws=N_DRAWS, rng=r), 0.5)

    return run


def approval_gap(n: int) -> Callable[[Rng], bool]:
    """Change of the difference of two groups' approvals between two models, over resampled rows."""

    def run(r: Rng) -> bool:
        group, base = np.arange(n) % 2, r.random(n)
        old, new = base < 0.6 - 0.15 * group, base * 0.7 + 0.3 * r.random(n) < 0.55 - 0.02 * group

        def gap(yes: Any, rows: Any) -> float:
            return float(yes[rows][group[rows] == 0].mean() - yes[rows][group[rows] == 1].mean())

        found = bootstrap(
            lambda rows: gap(new, rows) - gap(old, rows), n, level=LEVEL, n_draws=N_DRAWS, rng=r
        )
        return within(found, _gap_truth() - 0.15)

    return run


def _gap_truth() -> float:
    """P(0.7 u + 0.3 v < 0.55) - P(0.7 u + 0.3 v < 0.53), where the sum's density is 1 / 0.7."""
    return 0.02 / 0.7


def single_share(n: int, p: float) -> Callable[[Rng], bool]:
    """A share of people, as the domains state it."""
    return lambda r: within(share_interval(int(r.binomial(n, p)), n, LEVEL), p)


def spend(n: int) -> Callable[[Rng], bool]:
    """Expected over real spend of customers: a ratio of very uneven sums."""

    def run(r: Rng) -> bool:
        size = np.exp(r.normal(size=n))
        spent = size * (r.random(n) < 0.5) * np.exp(0.6 * r.normal(size=n)) / np.exp(0.18)
        columns = np.c_[0.55 * size, spent]

        def ratio(means: Any) -> Any:
            return means[..., 0] / means[..., 1]

        draws = ratio(r.multinomial(n, np.full(n, 1 / n), size=N_DRAWS) @ columns)
        acceleration = acceleration_of(columns, ratio)
        return within(from_draws(float(ratio(columns.sum(axis=0))), draws, LEVEL, n, acceleration), 1.1)

    return run


def savings(n_series: int, n_weeks: int) -> Callable[[Rng], bool]:
    """Share of a plan's cost that another saves, over series and blocks of weeks that are alike."""

    def run(r: Rng) -> bool:
        week = np.zeros(n_weeks + 20)
        for t in range(1, n_weeks + 20):
            week[t] = 0.4 * week[t - 1] + 0.2 * r.normal()
        size = np.exp(0.3 * r.normal(size=(n_series, 1)) + week[None, 20:])
        other = size * r.gamma(4, 0.25, size=size.shape)
        own = 0.9 * size * r.gamma(4, 0.25, size=size.shape)
        weights = draw_weights(n_series, n_weeks, N_DRAWS, r)
        return within(ratio_of(other - own, other, weights, LEVEL), 0.1)

    return run


def hits_of_days(n: int) -> Callable[[Rng], bool]:
    """Onsets foreseen over all onsets, days drawn."""

    def run(r: Rng) -> bool:
        onsets = r.poisson(3, size=n)
        hits = r.binomial(onsets, r.beta(7, 3, size=n))
        draws = r.multinomial(n, np.full(n, 1 / n), size=N_DRAWS)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = hits.sum() / onsets.sum()
            _, low, high = ends_of_days(float(value), (draws @ hits) / (draws @ onsets), LEVEL, n)
        return bool(low - 1e-12 <= 0.7 <= high + 1e-12)

    return run


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    return {
        "education, clusters, recall or accuracy: 40 learners of 12, 0.8": shares_of_learners(40, 12, 0.8),
        "education, clusters, recall or accuracy: 20 learners of 6, 0.9": shares_of_learners(20, 6, 0.9),
        "education, clusters, mean reciprocal rank: 30 subjects": ranks_of_subjects(30),
        "education, bootstrap, a correlation: 60 people": spread_of_people(60),
        "education, number at risk: 60 people": at_risk(60),
        "education, Mantel-Haenszel, joint over 12 items: 300 people": items_that_differ(300),
        "education, credible interval of an ability: 15 items": abilities(15),
        "finance, blocks of days, mean loss: 500 days, correlation 0.3": days_alike(500, 0.3),
        "finance, blocks of days, mean loss: 500 days, correlation 0.7": days_alike(500, 0.7),
        "finance, blocks of days or Wilson, breaches in rows: 500 days, 1 %": breaches(500, 0.01),
        "finance, bootstrap, cost of decisions: 200 rows": costs(200),
        "finance, bootstrap, change of a gap: 200 rows": approval_gap(200),
        "finance, Wilson, corrected: 40 people, 0.9": single_share(40, 0.9),
        "retail, bootstrap, expected over real spend: 200 customers": spend(200),
        "retail, series and blocks of weeks, savings: 12 series, 12 weeks": savings(12, 12),
        "retail, series and blocks of weeks, savings: 40 series, 30 weeks": savings(40, 30),
        "health, bootstrap over days, onsets foreseen: 14 days": hits_of_days(14),
        "health, bootstrap over days, onsets foreseen: 40 days": hits_of_days(40),
    }
