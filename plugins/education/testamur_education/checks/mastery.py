"""Ability of every learner with its uncertainty, and whether that uncertainty holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Estimate, critical_value, mean_estimate, wilson_estimate
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Finding, Unit
from testamur_education.checks.bootstrap import statistic
from testamur_education.checks.measured import evidence, measured, unmeasured
from testamur_education.irt.ability import Abilities, estimate_abilities, reliability
from testamur_education.irt.answers import Answers
from testamur_education.irt.calibrated import calibrate, reason_against
from testamur_education.irt.quadrature import Grid
from testamur_education.irt.two_pl import Items

KEY = "education.mastery"
LEVEL = 0.9  # of the credible interval of one learner
EDGES = np.arange(-3.0, 3.01, 0.5)

Floats = NDArray[np.float64]


def run(given: AuditInput) -> CheckOutcome:
    """Fit the items on training learners, estimate test learners, hold the intervals against new items."""
    if reason := reason_against(given.table):
        return CheckOutcome(
            (unmeasured(KEY, "score_interval_coverage", "scores within their interval", reason),)
        )
    known = calibrate(given.table)
    items, test, grid = known.items, known.test, known.grid
    found = estimate_abilities(test.right, items, grid, level=LEVEL)
    coverage, widths = hold_out(test, items, grid)
    z, level = critical_value(given.policy.level), given.policy.level
    kept = wilson_estimate(int(coverage.sum()), len(coverage), z)
    rely = statistic(len(found.mean), lambda rows: reliability(_taken(found, rows)), level, given.seed)
    findings = [
        measured(KEY, "score_interval_coverage", "scores within their 90 % interval", kept, Unit.SHARE),
        measured(KEY, "reliability", "reliability of the abilities", rely),
        measured(KEY, "standard_error", "standard error of an ability", mean_estimate(found.error, level)),
        _weak_items(items),
    ]
    tree = shared_tree(items, test, found, grid, given.policy.minimum_cell)
    tree |= {"coverage": kept.value, "low": kept.low, "high": kept.high, "half_width": float(widths.mean())}
    learners = restricted_rows(found, test, given.table.entities)
    return CheckOutcome(
        tuple(findings),
        (
            evidence("mastery.json", tree, "Items, distribution of abilities, precision along the scale"),
            evidence(
                "mastery_learners.json", {"level": LEVEL, "learners": learners},
                "Ability of every learner of the test part, with its interval", restricted=True,
            ),
        ),
    )  # fmt: skip


def hold_out(test: Answers, items: Items, grid: Grid) -> tuple[NDArray[np.bool_], Floats]:
    """Abilities from the odd items, scores predicted on the even ones.

    Returns:
        (n,) True where the score lies in the predictive interval of `LEVEL` (posterior and chance of the
        answers, normal approximation with continuity), and its half-width in items.
    """
    odd = np.arange(test.right.shape[1]) % 2 == 0
    seen, hidden = np.where(odd, test.right, np.nan), test.right[:, ~odd]
    found = estimate_abilities(seen, items, grid, level=LEVEL)
    chance = items.chance(grid.nodes)[:, ~odd]  # (k, j')
    asked = (~np.isnan(hidden)).astype(np.float64)
    at_node, noise = asked @ chance.T, asked @ (chance * (1 - chance)).T  # (n, k)
    mean = (found.posterior * at_node).sum(axis=1)
    spread = (found.posterior * (noise + at_node**2)).sum(axis=1) - mean**2
    half = critical_value(LEVEL) * np.sqrt(spread)
    score = np.nansum(hidden, axis=1)
    return np.abs(score - mean) <= half + 0.5, half + 0.5


def shared_tree(
    items: Items, test: Answers, found: Abilities, grid: Grid, minimum_cell: int
) -> dict[str, Any]:
    """What may be shared: items, a histogram without small cells, information along the scale."""
    counts, edges = np.histogram(np.clip(found.mean, EDGES[0], EDGES[-1] - 1e-9), bins=EDGES)
    chance = items.chance(grid.nodes)
    information = (items.slope**2 * chance * (1 - chance)).sum(axis=1)
    return {
        "n_learners": len(found.mean),
        "n_items": len(test.items),
        "mean": float(found.mean.mean()),
        "spread": float(found.mean.std()),
        "error": float(found.error.mean()),
        "converged": items.converged,
        "rounds": items.rounds,
        "histogram": [
            {"from": low, "to": high, "n": int(n) if n == 0 or n >= minimum_cell else None}
            for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
        ],
        "precision": [
            {"ability": node, "error": float(1 / np.sqrt(1 + value))}
            for node, value in zip(grid.nodes, information, strict=True)
        ],
        "items": [
            {
                "name": name,
                "slope": items.slope[i],
                "slope_error": items.slope_error[i],
                "difficulty": items.difficulty[i],
                "difficulty_error": items.difficulty_error[i],
                "n": int(items.n[i]),
            }
            for i, name in enumerate(test.items)
        ],
    }


def restricted_rows(found: Abilities, test: Answers, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """One row per learner; never shared."""
    return [
        {
            "learner": names[code] if code < len(names) else str(code),
            "ability": found.mean[i],
            "low": found.low[i],
            "high": found.high[i],
            "n_answers": int(found.n_answers[i]),
            "n_right": int(np.nansum(test.right[i])),
        }
        for i, code in enumerate(test.learner.tolist())
    ]


def _taken(found: Abilities, rows: NDArray[np.int64]) -> Abilities:
    return Abilities(
        found.posterior[rows], found.mean[rows], found.error[rows], found.low[rows], found.high[rows],
        found.n_answers[rows],
    )  # fmt: skip


def _weak_items(items: Items) -> Finding:
    """Items that hardly tell able from less able people: slope below 0.5."""
    weak = int((items.slope < 0.5).sum())
    total = len(items.slope)
    estimate = Estimate(weak / total, weak / total, weak / total, "counted", total)
    label = "items that hardly separate (slope below 0.5)"
    return measured(KEY, "weak_item_share", label, estimate, Unit.SHARE, exact=True)
