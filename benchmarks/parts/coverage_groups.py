"""Joint intervals of groups beyond rates, and what is made from two intervals or of few cases."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from parts.coverage_worlds import LEVEL, Method, Rng, Z, holds

from testamur.audit.attribute_inference import residual
from testamur.audit.auc import auc_estimate, auc_gain, auc_parts
from testamur.audit.bootstrap_interval import mean_gains
from testamur.audit.change_rows import RowAnswers, paired_changes
from testamur.audit.group_shares import compare_shares
from testamur.audit.interval import (
    critical_value,
    difference,
    mean_estimate,
    wilson,
    wilson_rare,
)
from testamur.audit.leakage_channels import Told, correlation_estimate
from testamur.audit.widest import widest_difference


def means_of_groups(sizes: tuple[int, ...]) -> Callable[[Rng], bool]:
    """The largest difference of mean errors, bounded by square-and-add of all pairs' Student intervals."""
    truth = np.linspace(1.0, 1.4, len(sizes))
    n_pairs = len(sizes) * (len(sizes) - 1) // 2

    def run(r: Rng) -> bool:
        errors = [
            m * np.abs(r.normal(size=n)) / (2 / np.pi) ** 0.5 for m, n in zip(truth, sizes, strict=True)
        ]
        found = [mean_estimate(e, LEVEL, n_pairs) for e in errors]
        value, low, high = (np.array([getattr(e, end) for e in found]) for end in ("value", "low", "high"))
        widest = widest_difference(value, low, high)
        return bool(widest.low <= np.ptp(truth) <= widest.high)

    return run


def shares_of_groups(sizes: tuple[int, ...], shares: tuple[float, ...]) -> Callable[[Rng], bool]:
    """The largest difference of shares, bounded by the joint intervals of all pairs."""

    def run(r: Rng) -> bool:
        gap = compare_shares(r.binomial(sizes, shares), np.array(sizes), level=LEVEL, minimum=1).gap
        assert gap is not None
        return bool(gap.low - 1e-12 <= np.ptp(shares) <= gap.high + 1e-12)

    return run


def aucs_of_groups(sizes: tuple[int, ...], events: int) -> Callable[[Rng], bool]:
    """Moderated intervals of the AUC of every group at once."""
    truth, z = NormalDist().cdf(2 / 2**0.5), critical_value(LEVEL, len(sizes))

    def one(r: Rng, n: int) -> bool:
        event = np.repeat([0, 1], [n - events, events])
        return holds(auc_estimate(auc_parts(event, r.normal(size=n) + 2 * event), z), truth)

    return lambda r: all(one(r, n) for n in sizes)


def auc_of_few(n_events: int, n_others: int, d: float) -> Callable[[Rng], bool]:
    """The moderated interval of one AUC."""
    truth, event = NormalDist().cdf(d / 2**0.5), np.repeat([0, 1], [n_others, n_events])
    return lambda r: holds(auc_estimate(auc_parts(event, r.normal(size=len(event)) + d * event), Z), truth)


def gain_of_few(n_events: int, n_others: int) -> Callable[[Rng], bool]:
    """The gain in AUC over another score of the same rows, both far from one half."""
    truth = NormalDist().cdf(2 / 2**0.5) - NormalDist().cdf(1.8 / 2**0.5)
    event = np.repeat([0, 1], [n_others, n_events])

    def run(r: Rng) -> bool:
        common = 0.9 * r.normal(size=len(event))
        one, two = (d * event + common + 0.19**0.5 * r.normal(size=len(event)) for d in (2.0, 1.8))
        return holds(auc_gain(auc_parts(event, one), auc_parts(event, two), Z), truth)

    return run


def against_reference(n: int, m: int) -> Callable[[Rng], bool]:
    """Shares of four groups less those of a reference sample, jointly."""
    p, q, z = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.35, 0.3, 0.2, 0.15]), critical_value(LEVEL, 4)

    def run(r: Rng) -> bool:
        x, y = r.multinomial(n, p), r.multinomial(m, q)
        low, high = difference(x / n, *wilson(x, n, z), y / m, *wilson(y, m, z))
        return bool(((low <= p - q) & (p - q <= high)).all())

    return run


def deferral(n: int) -> Callable[[Rng], bool]:
    """Risks among the surest cases, six shares of them at once; rows are in the order of sureness."""
    z, sizes = critical_value(LEVEL, 6), [round(n * c) for c in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)]
    chance = np.linspace(0.02, 0.35, n)

    def run(r: Rng) -> bool:
        wrong = (r.random(n) < chance).cumsum()
        ends = [wilson_rare(wrong[k - 1], k, z) for k in sizes]
        return all(low <= chance[:k].mean() <= high for (low, high), k in zip(ends, sizes, strict=True))

    return run


def inference(n: int, p: float, q: float) -> Callable[[Rng], bool]:
    """What an attack guesses beyond what holds for everyone."""

    def run(r: Rng) -> bool:
        right, control = int(r.binomial(n, p)), int(r.binomial(n, q))
        return control == n or holds(residual(right, n, control, n, Z), (p - q) / (1 - q))

    return run


def channels(n: int, n_asked: int) -> Callable[[Rng], bool]:
    """The largest of several correlations with the value ahead, after Fisher."""
    truth = 0.4

    def run(r: Rng) -> bool:
        target = r.normal(size=n)
        found = []
        for k in range(n_asked):
            rho = truth if k == 0 else truth - 0.1
            found.append(
                float(np.corrcoef(target, rho * target + (1 - rho**2) ** 0.5 * r.normal(size=n))[0, 1])
            )
        best = int(np.argmax(found))
        told = Told("x", 1, max(found), n)
        estimate = correlation_estimate(told, critical_value(LEVEL, n_asked))
        return estimate is not None and holds(estimate, truth if best == 0 else truth - 0.1)

    return run


def paired(n: int) -> Callable[[Rng], bool]:
    """Change of the Brier score between two models over the same rows."""

    def draw(r: Rng, rows: int) -> tuple[RowAnswers, RowAnswers]:
        x, other = r.normal(size=rows), r.normal(size=rows)
        event = (r.random(rows) < 1 / (1 + np.exp(3 - 1.5 * x))).astype(np.int64)
        chosen = np.zeros(rows)
        said = [1 / (1 + np.exp(3 - 1.5 * x)), 1 / (1 + np.exp(2.5 - x - 0.5 * other))]
        old, new = (RowAnswers(np.arange(rows), event, p, chosen) for p in said)
        return old, new

    key = ("core.performance.probabilities", "brier")
    many = [draw(np.random.default_rng([9, k]), 200_000) for k in range(5)]
    truth = float(np.mean([paired_changes(*pair, LEVEL)[key].value for pair in many]))
    return lambda r: holds(paired_changes(*draw(r, n), LEVEL)[key], truth)


def skewed_losses(n: int, size: int, skew: float) -> Callable[[Rng], bool]:
    """Bootstrap of mean losses over people whose losses are the exponential of normal numbers."""

    def run(r: Rng) -> bool:
        person = np.repeat(np.arange(n), size)
        loss = np.exp(skew * (r.normal(size=n)[person] + r.normal(size=n * size)))[:, None]
        (found,) = mean_gains(
            loss, lambda means: means, level=LEVEL, n_boot=500, rng=r, cluster=person, n_own=1
        )
        return holds(found, float(np.exp(skew**2)))

    return run


def ratio_of_places(n: int) -> Callable[[Rng], bool]:
    """Share of the places that fall on a rare group of items, over users: a ratio of means."""

    def run(r: Rng) -> bool:
        mine = r.binomial(10, r.beta(0.5, 9.5, size=n)).astype(np.float64)
        columns = np.c_[mine, np.full(n, 10.0)]
        (found,) = mean_gains(
            columns, lambda m: m[..., :1] / m[..., 1:], level=LEVEL, n_boot=300, rng=r, n_own=1
        )
        return holds(found, 0.05)

    return run


def methods() -> dict[str, Method]:
    """Every method by the words of the table."""
    return {
        "square-and-add, joint, largest difference of mean errors: groups of 30, 60, 100": means_of_groups(
            (30, 60, 100)
        ),
        "Newcombe, joint, largest difference of shares: groups of 25, 60, 200": shares_of_groups(
            (25, 60, 200), (0.15, 0.2, 0.3)
        ),
        "moderated DeLong, joint over three groups: 20 events of 60, 100, 300 rows, AUC 0.92": aucs_of_groups(
            (60, 100, 300), 20
        ),
        "moderated DeLong: 20 events of 420 rows, AUC 0.92": auc_of_few(20, 400, 2.0),
        "moderated DeLong: 20 events of 420 rows, AUC 0.98": auc_of_few(20, 400, 3.0),
        "moderated DeLong: 10 events of 40 rows, AUC 0.76": auc_of_few(10, 30, 1.0),
        "moderated DeLong: 1,000 events of 2,000 rows, AUC 0.92": auc_of_few(1000, 1000, 2.0),
        "DeLong, paired: 20 events of 100 rows, AUC 0.92 and 0.90": gain_of_few(20, 80),
        "Newcombe, joint, shares against a reference: 120 and 300 rows": against_reference(120, 300),
        "Wilson for rare, joint, risk among the surest: 100 rows": deferral(100),
        "MOVER-R, residual risk of attribute inference: 200 rows each": inference(200, 0.6, 0.5),
        "MOVER-R, residual risk of attribute inference: 60 rows each": inference(60, 0.9, 0.85),
        "Fisher, joint, correlation of a channel: 60 steps, 4 asked": channels(60, 4),
        "influences, change of the Brier score between models: 100 rows": paired(100),
        "bootstrap, clustered, mean loss: 30 people of 4, very skewed": skewed_losses(30, 4, 0.8),
        "bootstrap, clustered, mean loss: 60 people of 4, very skewed": skewed_losses(60, 4, 0.8),
        "bootstrap, clustered, mean loss: 30 people of 4, extremely skewed": skewed_losses(30, 4, 1.0),
        "bootstrap, share of places of a rare group: 40 users": ratio_of_places(40),
    }
