"""Worlds in which people have several rows: each figure by entity, and as if its rows were independent."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from parts.coverage_distances import true_distances
from parts.coverage_worlds import LEVEL, WORLDS, Rng, Z, holds
from scipy.special import ndtr

from testamur.audit.auc import auc_only, auc_only_estimate
from testamur.audit.brier_parts import brier_estimates
from testamur.audit.calibration_curve import ECE_BINS, FINE_BINS, equal_mass, observed_expected, regression
from testamur.audit.calibration_error import ece_estimate
from testamur.audit.cells import RATES, Strata, count_strata, single_divisions, sum_groups
from testamur.audit.effective import effective_rows, score_ends
from testamur.audit.entity_calibration import (
    distances_of_entities,
    ece_of_entities,
    observed_expected_of_entities,
    regression_of_entities,
)
from testamur.audit.entity_cells import by_group, correlations
from testamur.audit.entity_critical import effective_rates, entity_critical_values, rate_errors
from testamur.audit.entity_estimates import auc_of_entities, mean_of_entities, share_of_entities
from testamur.audit.fairness_curves import distance_between
from testamur.audit.interval import difference, mean_estimate, ratio, wilson_estimate, wilson_rare
from testamur.audit.roc_distance import (
    area_between,
    count_bins,
    draw_curves,
    draw_curves_of_entities,
    fine_bins,
    heights,
    joined,
    roc_of,
    roc_of_bins,
)
from testamur.audit.simultaneous import critical_values
from testamur.audit.smooth_error import ici_estimate, smooth_of
from testamur.contracts.table import Attribute

Both = Callable[[Rng], tuple[bool, bool]]  # by entity, and with rows as independent
Sizes = Callable[[Rng], np.ndarray]  # rows of each person
_N_DRAWS = 500


def equal(k: int, m: int) -> Sizes:
    """k people of m rows."""
    return lambda r: np.full(k, m)


def uneven(k: int) -> Sizes:
    """k people of 1 to some 15 rows, 4 on average."""
    return lambda r: r.geometric(0.25, k)


def heavy(k: int) -> Sizes:
    """One person in ten has 30 rows, the others 2."""
    return lambda r: np.r_[np.full(k // 10, 30), np.full(k - k // 10, 2)]


def _people(r: Rng, sizes: Sizes) -> np.ndarray:
    rows = sizes(r)
    return np.repeat(np.arange(len(rows)), rows)


def _held(r: Rng, entity: np.ndarray, p: float, alike: float) -> np.ndarray:
    """(n,) which rows hold; of one person they correlate by `alike` (beta-binomial)."""
    n = int(entity[-1]) + 1
    own = r.beta(p * (1 - alike) / alike, (1 - p) * (1 - alike) / alike, n)
    return np.asarray(r.random(len(entity)) < own[entity])


def share(sizes: Sizes, p: float, alike: float) -> Both:
    """A share of rows."""

    def run(r: Rng) -> tuple[bool, bool]:
        entity = _people(r, sizes)
        held = _held(r, entity, p, alike)
        alone = wilson_estimate(int(held.sum()), len(held), Z)
        return holds(share_of_entities(held, entity, LEVEL).joint(1), p), holds(alone, p)

    return run


def mean(sizes: Sizes, alike: float, skew: float) -> Both:
    """A mean of exponentiated normal errors."""
    truth = float(np.exp(skew**2 / 2))

    def run(r: Rng) -> tuple[bool, bool]:
        entity = _people(r, sizes)
        own = r.normal(size=int(entity[-1]) + 1)[entity]
        values = np.exp(skew * (alike**0.5 * own + (1 - alike) ** 0.5 * r.normal(size=len(entity))))
        alone = mean_estimate(values, LEVEL)
        return holds(mean_of_entities(values, entity, LEVEL).joint(1), truth), holds(alone, truth)

    return run


def area(sizes: Sizes, alike: float, *, of_people: bool, d: float = 1.2) -> Both:
    """An AUC; `of_people`: the event is a person's, the same in all rows."""
    truth = NormalDist().cdf(d / 2**0.5)

    def run(r: Rng) -> tuple[bool, bool]:
        entity = _people(r, sizes)
        n = int(entity[-1]) + 1
        event = (r.random(n) < 0.4)[entity] if of_people else r.random(len(entity)) < 0.4
        event = event.astype(np.int64)
        if event.sum() in (0, len(event)):
            return True, True
        noise = alike**0.5 * r.normal(size=n)[entity] + (1 - alike) ** 0.5 * r.normal(size=len(entity))
        score = d * event + noise
        alone = auc_only_estimate(auc_only(event, score), Z)
        return holds(auc_of_entities(event, score, entity, LEVEL).joint(1), truth), holds(alone, truth)

    return run


def compared(k: int, m: int, p: float, q: float, alike: float, *, both: bool, as_ratio: bool = False) -> Both:
    """A difference or a ratio of two groups; `both`: half of everybody's rows stand in either."""
    truth = p / q if as_ratio else p - q

    def run(r: Rng) -> tuple[bool, bool]:
        entity = np.repeat(np.arange(k), m)
        group = np.tile([0, 1], k * m // 2) if both else entity % 2
        own = r.normal(size=k)[entity] * alike**0.5 + r.normal(size=k * m) * (1 - alike) ** 0.5
        held = ndtr(own) < np.where(group == 0, p, q)
        pair, place = np.unique(entity * 2 + group, return_inverse=True)
        y, rows = np.bincount(place, weights=held), np.bincount(place)
        if as_ratio and not held[group == 1].any():
            return True, True
        found = effective_rows(pair % 2, y, rows, 2)
        errors = ((y - found.share[pair % 2] * rows) / found.rows[pair % 2])[:, None]
        tied = correlations(pair // 2, pair % 2, errors, 2)[0, 0, 1]
        of = np.bincount(group)
        sides = score_ends(found, Z), wilson_rare(np.bincount(group, weights=held), of, Z)
        made = []
        for (low, high), rho in zip(sides, (tied, 0.0), strict=True):
            ends = found.share[0], low[0], high[0], found.share[1], low[1], high[1], rho
            a, b = (ratio if as_ratio else difference)(*ends)
            made.append(bool(a - 1e-12 <= truth <= b + 1e-12))
        return made[0], made[1]

    return run


def family(k: int, m: int, alike: float, *, varying: bool) -> Both:
    """All pairs of the groups of two attributes at once; `varying`: one attribute changes within people."""
    attributes = (Attribute("a", "a", tuple("0123")), Attribute("b", "b", tuple("012")))

    def run(r: Rng) -> tuple[bool, bool]:
        entity = np.repeat(np.arange(k), m)
        one = r.integers(0, 4, k)[entity]
        two = r.integers(0, 3, k * m) if varying else r.integers(0, 3, k)[entity]
        held = _held(r, entity, 0.4, alike).astype(np.int64)
        groups = np.stack([one, two], axis=1).astype(np.int16)
        strata = count_strata(np.zeros(k * m, np.int64), held, groups, [4, 3], entity)
        divisions = single_divisions(strata, attributes)
        options = {"level": LEVEL, "minimum": 10, "n_boot": _N_DRAWS, "rng": r}
        mine = entity_critical_values(strata, divisions, **options).pairs["selection_rate"]
        rows = critical_values(strata, divisions, **options).pairs["selection_rate"]
        return _all_hold(strata, divisions, mine, by_entity=True), _all_hold(
            strata, divisions, rows, by_entity=False
        )

    return run


def _all_hold(strata: Strata, divisions: list, z: float, *, by_entity: bool) -> bool:
    """Whether every difference between two groups holds 0."""
    at = [rate.name for rate in RATES].index("selection_rate")
    for division in divisions:
        cells = sum_groups(strata.counts, division)
        y, rows = cells[:, 1] + cells[:, 3], cells.sum(axis=1)
        low, high = wilson_rare(y, rows, z)
        tied = np.eye(len(cells))
        if by_entity:
            assert strata.entities is not None
            entity, group, counts = by_group(strata.entities, division.member)
            found = effective_rates(group, counts, len(cells))
            ends = score_ends(found, z)
            low, high = ends[0][:, at], ends[1][:, at]
            tied = correlations(entity, group, rate_errors(group, counts, cells), len(cells))[at]
        share = y / rows
        below, above = difference(
            share[:, None], low[:, None], high[:, None], share[None], low[None], high[None], tied
        )
        off = ~np.eye(len(cells), dtype=bool)
        if (below[off] > 1e-12).any() or (above[off] < -1e-12).any():
            return False
    return True


def _stated(r: Rng, sizes: Sizes, world: str, alike: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes, risks in rising order, people: risks and outcomes of a person are alike."""
    intercept, slope = WORLDS[world]
    entity = _people(r, sizes)
    k, n = int(entity[-1]) + 1, len(entity)

    def common() -> np.ndarray:
        return alike**0.5 * r.normal(size=k)[entity] + (1 - alike) ** 0.5 * r.normal(size=n)

    x = 1.2 * common()
    event = (ndtr(common()) < 1 / (1 + np.exp(-(intercept + slope * x)))).astype(np.int64)
    order = np.argsort(x)
    return event[order], 1 / (1 + np.exp(-x[order])), entity[order]


def slope(sizes: Sizes, alike: float, name: str, truth: float) -> Both:
    """A coefficient of the calibration regression."""

    def run(r: Rng) -> tuple[bool, bool]:
        event, risk, entity = _stated(r, sizes, "off", alike)
        mine, alone = regression_of_entities(event, risk, entity, LEVEL), regression(event, risk, Z)
        return holds(mine[name], truth), holds(alone[name], truth)

    return run


def over_expected(sizes: Sizes, alike: float) -> Both:
    """O/E."""
    intercept, by = WORLDS["off"]
    x = 1.2 * np.random.default_rng(9).normal(size=2_000_000)
    truth = float((1 / (1 + np.exp(-(intercept + by * x)))).mean() / (1 / (1 + np.exp(-x))).mean())

    def run(r: Rng) -> tuple[bool, bool]:
        event, risk, entity = _stated(r, sizes, "off", alike)
        mine, alone = (
            observed_expected_of_entities(event, risk, entity, LEVEL),
            observed_expected(event, risk, Z),
        )
        return mine is None or holds(mine, truth), alone is None or holds(alone, truth)

    return run


def distance(sizes: Sizes, alike: float, world: str, name: str) -> Both:
    """ICI and the parts of the Brier score."""
    truth = true_distances(world, ECE_BINS)[name]

    def run(r: Rng) -> tuple[bool, bool]:
        event, risk, entity = _stated(r, sizes, world, alike)
        mine = distances_of_entities(event, risk, entity, level=LEVEL, rng=r)[0][name]
        if name == "ici":
            fine = equal_mass(event, risk, FINE_BINS)
            alone = ici_estimate(smooth_of(fine.counts, fine.risk, Z), LEVEL, r)
        else:
            bins = equal_mass(event, risk, ECE_BINS)
            alone = brier_estimates(bins.counts, bins.risk, Z)[name]
        return holds(mine, truth), holds(alone, truth)

    return run


def error(sizes: Sizes, alike: float, world: str, n_bins: int) -> Both:
    """The ECE."""
    truth = true_distances(world, n_bins)["ece"]

    def run(r: Rng) -> tuple[bool, bool]:
        event, risk, entity = _stated(r, sizes, world, alike)
        bins = equal_mass(event, risk, n_bins)
        mine, _ = ece_of_entities(event, risk, entity, n_bins, LEVEL)
        return holds(mine, truth), holds(ece_estimate(bins.counts, bins.risk, LEVEL), truth)

    return run


def curves(sizes: Sizes, alike: float, d: float, e: float) -> Both:
    """The area between the ROC curves of two groups of people."""

    def draw(r: Rng, entity: np.ndarray, effect: float) -> tuple[np.ndarray, np.ndarray]:
        n, k = len(entity), int(entity[-1]) + 1
        event = (np.arange(n) % 2).astype(np.int64)
        noise = alike**0.5 * r.normal(size=k)[entity] + (1 - alike) ** 0.5 * r.normal(size=n)
        return event, effect * event + noise

    big = [draw(np.random.default_rng(8), np.arange(1_000_000), effect) for effect in (d, e)]
    truth = area_between(*(roc_of_bins(count_bins(event, fine_bins(score))) for event, score in big))
    truth = 0.0 if d == e else truth

    def run(r: Rng) -> tuple[bool, bool]:
        people = [_people(r, sizes) for _ in range(2)]
        groups = [draw(r, entity, effect) for entity, effect in zip(people, (d, e), strict=True)]
        value, n = area_between(*(roc_of(*group) for group in groups)), sum(len(p) for p in people)
        places = [fine_bins(score) for _, score in groups]
        flat = [heights(joined(count_bins(ev, p))) for (ev, _), p in zip(groups, places, strict=True)]
        who = people[0], people[1] + int(people[0][-1]) + 1
        parts = [(ev, p, w) for (ev, _), p, w in zip(groups, places, who, strict=True)]
        mine = draw_curves_of_entities(parts, 200, r)
        rows = [draw_curves(joined(count_bins(ev, p)), 200, r) for ev, p, _ in parts]
        units = int(who[1][-1]) + 1
        one = distance_between(value, flat[0], mine[0], flat[1], mine[1], LEVEL, n, units)
        two = distance_between(value, flat[0], rows[0], flat[1], rows[1], LEVEL, n)
        return holds(one, truth), holds(two, truth)

    return run


def methods() -> dict[str, Both]:
    """Every figure and world by the words of the table."""
    six, some, few = equal(60, 6), uneven(60), heavy(60)
    found: dict[str, Both] = {
        "share 0.3: 60 people of 6, alike by 0.4": share(six, 0.3, 0.4),
        "share 0.3: 60 people of 6, alike by 0.02": share(six, 0.3, 0.02),
        "share 0.05: 40 people of 6, alike by 0.4": share(equal(40, 6), 0.05, 0.4),
        "share 0.1: 60 people of 1 to 15, alike by 0.4": share(some, 0.1, 0.4),
        "share 0.1: 60 people, six of 30 rows and others of 2, alike by 0.9": share(few, 0.1, 0.9),
        "share 0.5: 25 people of 4, alike by 0.9": share(equal(25, 4), 0.5, 0.9),
        "mean of skewed errors: 60 people of 6, alike by 0.5": mean(six, 0.5, 0.5),
        "mean of skewed errors: 60 people of 1 to 15, alike by 0.5": mean(some, 0.5, 0.5),
        "mean of skewed errors: 60 people, six of 30 rows, alike by 0.5": mean(few, 0.5, 0.5),
        "AUC: 60 people of 6, outcomes of rows": area(six, 0.5, of_people=False),
        "AUC: 60 people of 6, outcomes of people": area(six, 0.5, of_people=True),
        "AUC: 60 people of 1 to 15, outcomes of rows": area(some, 0.5, of_people=False),
        "difference: 80 people of 6, each in one group": compared(80, 6, 0.3, 0.4, 0.6, both=False),
        "difference: 80 people of 6, each in both groups": compared(80, 6, 0.3, 0.4, 0.6, both=True),
        "ratio: 80 people of 6, each in one group": compared(80, 6, 0.3, 0.4, 0.6, both=False, as_ratio=True),
        "ratio: 80 people of 6, each in both groups": compared(
            80, 6, 0.3, 0.4, 0.6, both=True, as_ratio=True
        ),
        "family of 9 pairs: 150 people of 6, groups of people": family(150, 6, 0.4, varying=False),
        "family of 9 pairs: 150 people of 6, one attribute varies": family(150, 6, 0.4, varying=True),
        "calibration slope: 100 people of 6": slope(equal(100, 6), 0.5, "calibration_slope", 0.8),
        "calibration intercept: 100 people of 6": slope(equal(100, 6), 0.5, "calibration_intercept", 0.2),
        "O/E: 100 people of 6": over_expected(equal(100, 6), 0.5),
        "O/E: 100 people of 1 to 15": over_expected(uneven(100), 0.5),
        "ECE: 300 people of 6, off": error(equal(300, 6), 0.5, "off", ECE_BINS),
        "ECE: 300 people of 6, as stated": error(equal(300, 6), 0.5, "as stated", ECE_BINS),
        "ECE: 40 people of 6 in 5 bins, off": error(equal(40, 6), 0.5, "off", 5),
        "ECE: 40 people of 6 in 5 bins, as stated": error(equal(40, 6), 0.5, "as stated", 5),
    }
    found["ABROCA: 80 people of 5 in either group, apart"] = curves(equal(80, 5), 0.6, 1.0, 2.0)
    found["ABROCA: 80 people of 5 in either group, alike"] = curves(equal(80, 5), 0.6, 1.0, 1.0)
    for name in ("ici", "brier_reliability", "brier_resolution", "brier_uncertainty"):
        words = "ICI" if name == "ici" else name.removeprefix("brier_")
        found[f"{words}: 300 people of 6, off"] = distance(equal(300, 6), 0.5, "off", name)
    found["ICI: 60 people of 6, as stated"] = distance(equal(60, 6), 0.5, "as stated", "ici")
    return found
