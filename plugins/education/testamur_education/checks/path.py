"""What each learner should practise next, and whether its difficulty is what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Estimate
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Unit
from testamur_education.checks.bootstrap import cluster_mean
from testamur_education.checks.measured import counted, evidence, measured, unmeasured
from testamur_education.irt.ability import estimate_abilities
from testamur_education.irt.answers import Answers
from testamur_education.irt.calibrated import Calibrated, calibrate, reason_against
from testamur_education.path.choose import Weights, choose_path, expected_gain, gini
from testamur_education.path.likeness import residual_likeness

KEY = "education.path"
N_CHOSEN = 10
POLICIES = ("path", "at random", "hardest first", "easiest first")

Floats = NDArray[np.float64]


def run(given: AuditInput) -> CheckOutcome:
    """Estimate on half of the items, recommend from the other half, compare with the answers given there."""
    if reason := reason_against(given.table):
        return CheckOutcome((unmeasured(KEY, "difficulty_gap", "answered right, minus expected", reason),))
    known = calibrate(given.table)
    items, test = known.items, known.test
    n_items = len(test.items)
    rng = np.random.default_rng([given.seed, 7])
    order = rng.permutation(n_items)
    seen, rest = np.sort(order[: n_items // 2]), np.sort(order[n_items // 2 :])
    n_chosen = min(N_CHOSEN, max(len(rest) // 2, 1))
    chosen = recommend(known, seen, rest, n_chosen, rng)
    level = given.policy.level
    figures = {
        name: _compare(rows, test, chosen["chance"], level, given.seed) for name, rows in chosen["by"].items()
    }
    mine = figures["path"]
    counts = np.bincount(chosen["by"]["path"].ravel(), minlength=n_items)[rest].astype(np.float64)
    n = len(test.learner)
    findings = [
        measured(KEY, "difficulty_gap", "answered right, minus expected", mine["gap"], Unit.POINTS),
        measured(KEY, "recommended_success", "recommended items answered right", mine["right"], Unit.SHARE),
        measured(
            KEY, "gain_over_random", "expected gain, times that of a random choice",
            _ratio(chosen, "at random", level, given.seed), Unit.RATIO,
        ),
        counted(KEY, "bank_coverage", "open items recommended to someone", _used(counts), Unit.SHARE, n=n),
        counted(KEY, "exposure_gini", "concentration (Gini)", gini(counts), Unit.NUMBER, n=n),
        measured(
            KEY, "path_stability", "of a path, kept when the ability is drawn anew",
            cluster_mean(chosen["kept"], np.arange(n), level, given.seed), Unit.SHARE,
        ),
    ]  # fmt: skip
    weights = Weights()
    tree = {
        "n_learners": n,
        "n_seen": len(seen),
        "n_open": len(rest),
        "n_chosen": n_chosen,
        "weights": {"gain": weights.gain, "coverage": weights.coverage, "diversity": weights.diversity},
        "policies": [{"name": name, **_plain(figure)} for name, figure in figures.items()],
        "coverage": _used(counts),
        "gini": gini(counts),
        "stability": float(chosen["kept"].mean()),
        "bank": [
            {"name": test.items[i], "difficulty": items.difficulty[i], "share": counts[at] / n}
            for at, i in enumerate(rest)
        ],
    }
    paths = _restricted(test, given.table.entities, chosen)
    return CheckOutcome(
        tuple(findings),
        (
            evidence("path.json", tree, "Recommended difficulty against the answers, exposure of the items"),
            evidence("path_learners.json", {"learners": paths}, "Each learner's path", restricted=True),
        ),
    )


def recommend(
    known: Calibrated, seen: NDArray[np.int64], rest: NDArray[np.int64], k: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Paths by policy from the answers to `seen`, with the chances that were expected.

    Returns:
        ``by``: policy -> (n, k) item positions; ``chance`` (n, j) expected chance of a right answer;
        ``gain`` (n, j); ``kept`` (n,) share of the path that stays when the ability is drawn anew.
    """
    items, test, grid = known.items, known.test, known.grid
    hidden = np.full_like(test.right, np.nan)
    hidden[:, seen] = test.right[:, seen]
    found = estimate_abilities(hidden, items, grid)
    chance = found.posterior @ items.chance(grid.nodes)
    gain = expected_gain(found.posterior, items, grid.nodes)
    learnt = estimate_abilities(known.learnt.right, items, grid)
    alike = residual_likeness(known.learnt.right, learnt, items, grid)
    drawn = np.array([rng.choice(len(grid.nodes), p=row) for row in found.posterior])
    sharp = np.zeros_like(found.posterior)
    sharp[np.arange(len(drawn)), drawn] = 1.0
    again = expected_gain(sharp, items, grid.nodes)
    paths = np.array([choose_path(row, alike, rest, k) for row in gain])
    other = np.array([choose_path(row, alike, rest, k) for row in again])
    kept = np.array([len(set(a) & set(b)) / k for a, b in zip(paths.tolist(), other.tolist(), strict=True)])
    random = np.array([rng.choice(rest, k, replace=False) for _ in range(len(gain))])
    by_chance = rest[np.argsort(chance[:, rest], axis=1, kind="stable")]
    return {
        "by": {"path": paths, "at random": random, "hardest first": by_chance[:, :k],
               "easiest first": by_chance[:, ::-1][:, :k]},
        "chance": chance, "gain": gain, "kept": kept, "ability": found,
    }  # fmt: skip


def _used(counts: Floats) -> float:
    """Share of the open items that anyone is recommended."""
    return float((counts > 0).mean())


def _compare(
    rows: NDArray[np.int64], test: Answers, chance: Floats, level: float, seed: int
) -> dict[str, Any]:
    at = np.arange(len(rows))[:, None]
    right, expected = test.right[at, rows], chance[at, rows]
    known = ~np.isnan(right)
    learner = np.broadcast_to(at, rows.shape)[known]
    return {
        "right": cluster_mean(right[known], learner, level, seed),
        "gap": cluster_mean((right - expected)[known], learner, level, seed),
        "expected": float(expected[known].mean()),
    }


def _ratio(chosen: dict[str, Any], other: str, level: float, seed: int) -> Estimate:
    at = np.arange(len(chosen["gain"]))[:, None]
    mine = chosen["gain"][at, chosen["by"]["path"]].mean(axis=1)
    theirs = chosen["gain"][at, chosen["by"][other]].mean(axis=1)
    return cluster_mean(mine / np.maximum(theirs, 1e-12), np.arange(len(mine)), level, seed)


def _plain(figure: dict[str, Any]) -> dict[str, Any]:
    right, gap = figure["right"], figure["gap"]
    return {
        "right": right.value, "low": right.low, "high": right.high, "expected": figure["expected"],
        "gap": gap.value, "gap_low": gap.low, "gap_high": gap.high,
    }  # fmt: skip


def _restricted(test: Answers, names: tuple[str, ...], chosen: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "learner": names[code] if code < len(names) else str(code),
            "path": [
                {"item": test.items[i], "chance": chosen["chance"][at, i], "gain": chosen["gain"][at, i]}
                for i in chosen["by"]["path"][at]
            ],
        }
        for at, code in enumerate(test.learner.tolist())
    ]
