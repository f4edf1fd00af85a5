"""How often the audit's intervals hold the truth, simulated; a wrong interval is worse than none.

Each line is a world with known rates; 1,000 samples are drawn, and the joint intervals of the audit must hold
all true differences at once in about 95 % of them (standard error 0.7 points).

    python benchmarks/interval_coverage.py [--runs 1000] [--write]
"""

from __future__ import annotations

import argparse
import dataclasses

import harness  # first: it sets one thread
import numpy as np

from testamur.audit.cells import (
    RATES,
    Division,
    Strata,
    count_strata,
    pair_divisions,
    rates,
    single_divisions,
    sum_groups,
)
from testamur.audit.fairness_table import RateView
from testamur.audit.interval import difference, wilson_rare
from testamur.audit.pairs import lowest_ratio, widest_gap
from testamur.audit.simultaneous import critical_values
from testamur.contracts.table import Attribute

MINIMUM = 20
LEVEL, STANDARD_ERRORS = 0.95, 3.0  # the lowest of 28 shares lies so far below 0.95 by chance alone
WHAT = ("all differences", "largest difference", "lowest ratio", "all rates")
EXPLANATION = (
    "Worlds with known rates are sampled; the joint intervals of the audit must hold the truth in 95 "
    "% of the samples, over all groups or all pairs of groups of all attributes at once. Goals: no "
    "share lies more than three standard errors of the simulation below 95 %."
)
WORLDS: tuple[tuple[str, tuple[int, ...], tuple[float, ...]], ...] = (
    ("two groups of 40, rates 0.3", (40, 40), (0.3, 0.3)),
    ("two groups of 25, rates 0.02", (25, 25), (0.02, 0.02)),
    ("two groups of 25, rates 1 and 0.9", (25, 25), (1.0, 0.9)),
    ("four groups of 60, rates 0.5", (60,) * 4, (0.5,) * 4),
    ("four groups, 30 to 400, rates 0.1 to 0.4", (30, 60, 200, 400), (0.1, 0.2, 0.3, 0.4)),
    ("eight groups of 30, rates 0.1", (30,) * 8, (0.1,) * 8),
    ("two attributes of 2 and 4 levels, rates 0.3", (50,) * 8, (0.3,) * 8),
)


def sample(sizes: tuple[int, ...], chances: tuple[float, ...], crossed: bool, r: np.random.Generator):
    """Strata and divisions of one sample; crossed: the eight groups are 2 x 4 levels of two attributes."""
    code = np.repeat(np.arange(len(sizes)), sizes)
    selected = (r.random(len(code)) < np.repeat(chances, sizes)).astype(np.int64)
    event = np.zeros(len(code), np.int64)
    if crossed:
        attributes = (Attribute("a", "A", ("a0", "a1")), Attribute("b", "B", ("b0", "b1", "b2", "b3")))
        groups = np.stack([code // 4, code % 4], axis=1)
        strata = count_strata(event, selected, groups, [2, 4])
        return strata, [*single_divisions(strata, attributes), *pair_divisions(strata, attributes)]
    attributes = (Attribute("a", "A", tuple(f"a{i}" for i in range(len(sizes)))),)
    strata = count_strata(event, selected, code[:, None], [len(sizes)])
    return strata, single_divisions(strata, attributes)


def truth(
    division: Division, sizes: tuple[int, ...], chances: tuple[float, ...], crossed: bool
) -> np.ndarray:
    """True selection rate of every group of a division."""
    if not crossed or len(division.columns) == 2:
        return np.array(chances)
    code = np.arange(len(sizes))
    level = code // 4 if division.columns == (0,) else code % 4
    rows = np.bincount(level, weights=sizes)
    return np.bincount(level, weights=np.array(sizes) * np.array(chances)) / rows


def view_of(strata: Strata, division: Division, z: float) -> RateView:
    """Selection rates of the groups with Wilson's intervals, as the audit makes them."""
    rate, counted, of = (table[:, 0] for table in rates(sum_groups(strata.counts, division)))
    low, high = wilson_rare(counted, of, z)
    return RateView(RATES[0], 0, list(range(len(rate))), rate, low, high, z)


def held(
    sizes: tuple[int, ...], chances: tuple[float, ...], crossed: bool, seed: int
) -> tuple[bool, bool, bool, bool]:
    """Do the intervals hold all differences, the largest difference, the lowest ratio, all rates?"""
    r = np.random.default_rng(seed)
    strata, divisions = sample(sizes, chances, crossed, r)
    critical = critical_values(strata, divisions, level=0.95, minimum=MINIMUM, n_boot=500, rng=r)
    every = largest = lowest = single = True
    for division in divisions:
        true = truth(division, sizes, chances, crossed)
        view = view_of(strata, division, critical.pairs["selection_rate"])
        low, high = difference(
            view.value[:, None],
            view.low[:, None],
            view.high[:, None],
            view.value[None],
            view.low[None],
            view.high[None],
        )
        gap = true[:, None] - true[None]
        every &= bool(((low <= gap + 1e-12) & (gap <= high + 1e-12)).all())
        estimate, _, _ = widest_gap(view)
        largest &= estimate.low <= np.ptp(true) + 1e-12 and np.ptp(true) <= estimate.high + 1e-12
        if view.value.max() > 0 and true.max() > 0:
            ratio, _, _ = lowest_ratio(view)
            lowest &= (
                ratio.low <= true.min() / true.max() + 1e-12 and true.min() / true.max() <= ratio.high + 1e-12
            )
        alone = view_of(strata, division, critical.groups["selection_rate"])
        single &= bool(((alone.low <= true + 1e-12) & (true <= alone.high + 1e-12)).all())
    return every, largest, lowest, single


def main() -> int:
    """Simulate, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument(
        "--write", action="store_true", help="also write docs/measurements/interval_coverage.md"
    )
    options = parser.parse_args()
    page = harness.Page("interval_coverage", "Joint intervals: coverage", EXPLANATION, packages=("numpy",))
    page.note(f"{options.runs} runs per world.")
    page.lines += ["", f"| world | {' | '.join(WHAT)} |", "|---|---:|---:|---:|---:|"]
    lowest = np.ones(len(WHAT))
    for name, sizes, chances in WORLDS:
        crossed = name.startswith("two attributes")
        results = np.array([held(sizes, chances, crossed, seed) for seed in range(options.runs)])
        shares = results.mean(axis=0)
        lowest = np.minimum(lowest, shares)
        page.lines.append(f"| {name} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |")
    allowed = LEVEL - STANDARD_ERRORS * (LEVEL * (1 - LEVEL) / options.runs) ** 0.5
    for what, share in zip(WHAT, lowest, strict=True):
        goal = harness.Goal(
            f"{what}: lowest coverage of all worlds", 100 * share, at_least=round(100 * allowed, 1)
        )
        page.goal(dataclasses.replace(goal, unit="%"))
    return page.finish(write=options.write)


if __name__ == "__main__":
    raise SystemExit(main())
