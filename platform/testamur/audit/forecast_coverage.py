"""How often what came lies within the stated intervals, and below the stated quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.bootstrap_interval import percentile_estimate
from testamur.audit.findings import done, json_file
from testamur.audit.forecast import COVERAGE
from testamur.audit.forecast_scores import Units, resampling_units
from testamur.audit.inputs import MODEL, baselines, generator, predictions_of
from testamur.audit.interval import Estimate, Floats
from testamur.audit.resample import accelerations, count_units, draw_means, units_of
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import CheckStatus, Finding, Unit

FILE = "forecast_coverage.json"
_SAME = 1e-9


def run(given: AuditInput) -> CheckOutcome:
    """Coverage of every symmetric interval, its gap for the widest, and shares below each quantile."""
    levels = given.table.problem.quantiles
    pairs = symmetric_pairs(levels)
    target = np.asarray(given.table.test.target, dtype=np.float64)
    known = ~np.isnan(target)
    if not known.any():
        raise Skip(CheckStatus.NOT_ESTIMABLE, "no step of the test part has a known value")
    units = resampling_units(given)
    found: list[Finding] = []
    trees: list[dict[str, Any]] = []
    for name, predictions in ({MODEL: predictions_of(given)} | baselines(given)).items():
        stated = np.asarray(predictions.quantiles, dtype=np.float64)
        columns, facts = _columns(stated, target, known, pairs)
        estimates = _shares(given, units, columns)
        inside, below = estimates[: len(pairs)], estimates[len(pairs) :]
        tree: dict[str, Any] = {"name": name, "intervals": [], "quantiles": []}
        for (low, high), estimate, width in zip(pairs, inside, facts, strict=True):
            stated_share = levels[high] - levels[low]
            own = _of_interval(given, name, stated_share, estimate, widest=(low, high) == pairs[0])
            found += own
            tree["intervals"].append(
                {"stated": stated_share, "observed": estimate.value, "low": _open(estimate.low),
                 "high": _open(estimate.high), "mean_width": width}
            )  # fmt: skip
        for level, estimate in zip(levels, below, strict=True):
            tree["quantiles"].append(
                {"stated": level, "observed": estimate.value, "low": _open(estimate.low),
                 "high": _open(estimate.high)}
            )  # fmt: skip
        trees.append(tree)
    whole = {"n": len(target), "n_steps": int(known.sum()), "units": units.words, "forecasts": trees}
    return CheckOutcome(tuple(found), (json_file(FILE, whole, "Stated and observed shares"),))


def symmetric_pairs(levels: tuple[float, ...]) -> list[tuple[int, int]]:
    """Positions of levels a and 1 - a, the widest interval first."""
    return [
        (i, j)
        for i in range(len(levels) // 2)
        for j in range(len(levels) - 1, i, -1)
        if abs(levels[i] + levels[j] - 1) < _SAME
    ]


def _columns(
    stated: Floats, target: Floats, known: np.ndarray, pairs: list[tuple[int, int]]
) -> tuple[Floats, list[float]]:
    """(n, pairs + levels + 1) counts of steps per window, the known ones last; mean widths of the pairs."""
    counts, widths = [], []
    for low, high in pairs:
        inside = (target >= stated[:, :, low]) & (target <= stated[:, :, high]) & known
        counts.append(inside.sum(axis=1))
        widths.append(float((stated[:, :, high] - stated[:, :, low])[known].mean()))
    counts += [((target <= stated[:, :, i]) & known).sum(axis=1) for i in range(stated.shape[2])]
    return np.stack([*counts, known.sum(axis=1)], axis=1).astype(np.float64), widths


def _shares(given: AuditInput, units: Units, columns: Floats) -> list[Estimate]:
    value = _of_known(columns.mean(axis=0))
    n = len(columns)
    if not units.enough:
        words = f"no interval: too few {units.words} to draw from"
        return [Estimate(float(v), -np.inf, np.inf, words, n) for v in value]
    rng = generator(given, COVERAGE.key)
    sums = units_of(columns, rng, units.code)
    drawn, skewed = _of_known(draw_means(sums, given.options.bootstrap, rng)), accelerations(sums, _of_known)
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    words = f"bootstrap over {units.words}, percentile"
    level, n_units = given.policy.level, count_units(n, units.code)
    made = [
        percentile_estimate(float(v), drawn[:, i], level, n, n_units, float(skewed[i]))
        for i, v in enumerate(value)
    ]
    return [Estimate(e.value, e.low, e.high, words, e.n) for e in made]


def _of_known(means: Floats) -> Floats:
    """Shares of the known steps, whose mean number is the last column."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(means[..., :-1] / means[..., -1:])


def _of_interval(
    given: AuditInput, name: str, stated: float, estimate: Estimate, *, widest: bool
) -> list[Finding]:
    prefix, subject = ("", "") if name == MODEL else ("baseline_", name)
    per_cent = f"{100 * stated:.4g}"
    more: dict[str, Any] = {"subject": subject, "evidence": FILE, "level": given.policy.level}
    measure = f"{prefix}coverage_{per_cent.replace('.', '_')}"
    label = f"share of steps within the {per_cent} % interval"
    found = [done(COVERAGE.key, measure, label, estimate, Unit.SHARE, **more)]
    if widest:
        gap = Estimate(
            estimate.value - stated,
            estimate.low - stated,
            estimate.high - stated,
            estimate.method,
            estimate.n,
        )
        label = f"coverage of the {per_cent} % interval less what it states"
        found.append(done(COVERAGE.key, f"{prefix}coverage_gap", label, gap, Unit.POINTS, **more))
    return found


def _open(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
