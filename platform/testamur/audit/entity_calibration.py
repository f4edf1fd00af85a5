"""Calibration where rows share entities: what the errors of bins and of regressions are summed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from testamur.audit.brier_parts import brier_estimates
from testamur.audit.calibration_curve import ECE_BINS, FINE_BINS, bin_places, equal_mass
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.entity_cells import covariances, distinct
from testamur.audit.entity_estimates import share_of_entities, student_value
from testamur.audit.entity_rows import n_entities, totals
from testamur.audit.interval import Estimate, Floats, Ints, critical_value
from testamur.audit.logistic import fit_logistic, logit
from testamur.audit.smooth_error import ici_estimate, smooth_of


@dataclass(frozen=True, slots=True)
class BinEffects:
    """By how much entities inflate the variances of the shares of events in bins.

    Attributes:
        mean: Of single bins, on average: what a sum of their squared errors is off by.
        largest: Of any weighted sum of bins, which entities with rows in several tie together, and with
            Student's value in place of the normal one: rows divided by it give intervals that hold.
        whole: Effective number of entities, M^2 / sum m^2.
    """

    mean: float
    largest: float
    whole: float


def regression_of_entities(
    event: Ints, risk: Floats, entity: Ints, level: float, n_joint: int = 1
) -> dict[str, Estimate]:
    """Calibration in the large, intercept and slope; absent where not estimable.

    The covariance is the cluster-robust one, K / (K - 1) B sum g g' B with B the inverse information and g
    an entity's score (Liang and Zeger 1986, Biometrika 73:13), the interval Student's over entities.

    Args:
        event: (n,) 1 where the event happened.
        risk: (n,) stated.
        entity: (n,) entities, numbered from 0.
        level: Joint level.
        n_joint: Intervals that hold jointly.
    """
    n, x = len(event), logit(risk)
    t = student_value(level, n_joint, effective_entities(entity))
    found: dict[str, Estimate] = {}

    def wald(value: float, error: float) -> Estimate:
        words = "logistic regression, cluster-robust by entity; Student's t"
        return Estimate(value, value - t * error, value + t * error, words, n)

    one = np.ones((n, 1))
    large = fit_logistic(one, event, offset=x)
    if large is not None:
        error = _robust_errors(one, event, entity, large.coefficients, x)
        found["calibration_in_the_large"] = wald(large.coefficients[0], error[0])
    design = np.stack([np.ones(n), x], axis=1)
    both = fit_logistic(design, event, start=(0.0, 1.0)) or fit_logistic(design, event)
    if both is not None:
        error = _robust_errors(design, event, entity, both.coefficients, np.zeros(n))
        found["calibration_intercept"] = wald(both.coefficients[0], error[0])
        found["calibration_slope"] = wald(both.coefficients[1], error[1])
    return found


def _robust_errors(
    design: Floats, event: Ints, entity: Ints, coefficients: tuple[float, ...], offset: Floats
) -> list[float]:
    mean = 1 / (1 + np.exp(-np.clip(design @ np.array(coefficients) + offset, -40, 40)))
    bread = np.linalg.inv((design * (mean * (1 - mean))[:, None]).T @ design)
    _, scores = totals(entity, *(design * (event - mean)[:, None]).T)
    score, k = np.stack(scores, axis=1), len(scores[0])
    return np.sqrt(np.diag(bread @ (score.T @ score) @ bread) * (k / max(k - 1, 1))).tolist()


def effective_entities(entity: Ints) -> float:
    """M^2 / sum m^2: the entities there would be if all had as many rows."""
    rows = np.bincount(entity).astype(np.float64)
    return float(rows.sum() ** 2 / (rows @ rows))


def observed_expected_of_entities(
    event: Ints, risk: Floats, entity: Ints, level: float, n_joint: int = 1
) -> Estimate | None:
    """O/E on the log scale: a ratio of sums over entities, errors (y - (O/E) p) / E (Cochran 1977, 6.4)."""
    observed, expected = float(event.sum()), float(risk.sum())
    if observed == 0 or expected == 0:
        return None
    value = observed / expected
    people, (errors,) = totals(entity, (event - value * risk) / observed)
    k = len(people)
    spread = float(errors @ errors * k / max(k - 1, 1)) ** 0.5
    if spread == 0.0:
        return None
    half = student_value(level, n_joint, effective_entities(entity)) * spread
    words = "log scale, cluster-robust by entity; Student's t"
    return Estimate(value, value * float(np.exp(-half)), value * float(np.exp(half)), words, len(event))


def bin_effects(event: Ints, risk: Floats, entity: Ints, n_bins: int, level: float) -> BinEffects:
    """Design effects of the bins of rising risks.

    Of bins with both outcomes: the covariance of their shares over entities, K / (K - 1) sum e e', against
    the variances p (1 - p) / n of independent rows. The mean of their ratios is Rao and Scott's (1981, JASA
    76:221), the largest eigenvalue bounds every weighted sum. At least 1 in rows that are no copies.
    """
    place = bin_places(risk, n_bins)
    n_places = int(place.max()) + 1
    rows = np.bincount(place, minlength=n_places).astype(np.float64)
    share = np.bincount(place, weights=event, minlength=n_places) / np.maximum(rows, 1)
    pair, at = distinct(entity * n_places + place, (int(entity.max()) + 1) * n_places)
    errors = np.bincount(at, weights=(event - share[place]) / rows[place])
    who, where = np.divmod(pair, n_places)
    k = len(np.unique(who))
    tied = covariances(who, where, errors, n_places) * (k / max(k - 1, 1))
    alone = share * (1 - share) / np.maximum(rows, 1)
    usable = alone > 0
    counted = np.bincount(at * 2 + event)
    least, whole = float(np.gcd.reduce(counted)), effective_entities(entity)
    student = student_value(level, 1, whole) / critical_value(level)
    if not usable.any():
        return BinEffects(least, max(least, float(rows.sum()) / whole) * student**2, whole)
    scale = 1 / np.sqrt(alone[usable])
    ratio = tied[np.ix_(usable, usable)] * scale[:, None] * scale[None, :]
    largest = float(np.linalg.eigvalsh(ratio)[-1])
    mean = float(np.average(np.diag(ratio), weights=rows[usable]))
    return BinEffects(max(mean, least), max(largest, least) * student**2, whole)


def ece_of_entities(
    event: Ints, risk: Floats, entity: Ints, n_bins: int, level: float
) -> tuple[Estimate, BinEffects]:
    """ECE on effective rows: less the bias that the mean design effect brings, wide by the largest one."""
    bins, effects = equal_mass(event, risk, n_bins), bin_effects(event, risk, entity, n_bins, level)
    value = ece_estimate(bins.counts / effects.mean, bins.risk, level).value
    return _around(value, ece_estimate(bins.counts / effects.largest, bins.risk, level), len(event)), effects


def _around(value: float, wide: Estimate, n: int) -> Estimate:
    words = f"{wide.method}, on effective rows"
    return Estimate(value, min(wide.low, value), max(wide.high, value), words, n)


def distances_of_entities(
    event: Ints, risk: Floats, entity: Ints, *, level: float, rng: np.random.Generator
) -> tuple[dict[str, Estimate], list[list[float]]]:
    """ECE, ICI and the parts of the Brier score, and the smooth curve, as `distances` gives them."""
    z, n, bins = critical_value(level), len(event), equal_mass(event, risk, ECE_BINS)
    found: dict[str, Estimate] = {}
    found["ece"], effects = ece_of_entities(event, risk, entity, ECE_BINS, level)
    values = brier_estimates(bins.counts / effects.mean, bins.risk, z)
    overall = share_of_entities(event == 1, entity, level).joint(1)
    wide = brier_estimates(bins.counts / effects.largest, bins.risk, z, units=effects.whole)
    found |= {name: _around(values[name].value, wide[name], n) for name in values}
    found["brier_uncertainty"] = _uncertainty(overall, values["brier_uncertainty"].value, n)
    fine = equal_mass(event, risk, min(FINE_BINS, n))
    smooth = smooth_of(fine.counts / effects.largest, fine.risk, z)
    curve = ici_estimate(replace(smooth, n=max(int(effects.whole), 2)), level, rng)
    found["ici"] = _around(curve.value, curve, n)
    return found, smooth.points


def _uncertainty(share: Estimate, value: float, n: int) -> Estimate:
    """P (1 - p) from the interval of p."""
    ends = sorted((share.low * (1 - share.low), share.high * (1 - share.high)))
    top = 0.25 if share.low < 0.5 < share.high else ends[1]
    words = "from the score interval of p on effective rows"
    return Estimate(value, min(ends[0], value), max(top, value), words, n)


def reliability_of_entities(
    event: Ints, risk: Floats, entity: Ints, *, n_bins: int, minimum: int, level: float
) -> list[dict[str, Any]]:
    """Bins of a reliability diagram, joined until `minimum` entities have the event and as many lack it.

    Args:
        event: (n,) in the order of rising risk.
        risk: (n,) ascending.
        entity: (n,) entities.
        n_bins: Bins of equal size to begin with.
        minimum: Entities of either outcome.
        level: Of each share's interval.
    """
    place, start, cuts = bin_places(risk, n_bins), 0, []
    for stop in [*(np.flatnonzero(np.diff(place)) + 1).tolist(), len(risk)]:
        mine = np.arange(start, stop)
        happened = event[mine] == 1
        if min(n_entities(entity, mine[happened]), n_entities(entity, mine[~happened])) >= minimum:
            cuts.append((start, stop))
            start = stop
    if start < len(risk) and cuts:
        cuts[-1] = (cuts[-1][0], len(risk))
    return [_bin(event[a:b], risk[a:b], entity[a:b], level) for a, b in cuts]


def _bin(event: Ints, risk: Floats, entity: Ints, level: float) -> dict[str, Any]:
    share = share_of_entities(event == 1, entity, level).joint(1)
    return {
        "mean_predicted": float(risk.mean()),
        "observed": share.value,
        "low": share.low,
        "high": share.high,
        "n": len(event),
    }
