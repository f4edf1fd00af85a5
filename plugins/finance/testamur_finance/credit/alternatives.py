"""The search for a less discriminatory alternative: candidates, their frontier, and the one proposed.

Everything here is judged by cross-validation on training and validation rows; test rows are asked once,
about one candidate, by the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import RowsTable
from testamur_finance.credit.lending import Costs, group_rows, widest_gap
from testamur_finance.credit.pool import pooled
from testamur_finance.credit.scorecard import fit_scorecard
from testamur_finance.credit.variants import Variant

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_FOLDS = 5
TOLERANCE = 0.01  # of the recipe's cost that an alternative may cost more
SMALLEST_GAIN = 0.01  # in approval rate: less is not worth proposing


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recipe with a threshold, and how it did in cross-validation.

    Attributes:
        variant: The recipe.
        threshold: Refused at or above it.
        rule: How the threshold was made, in words.
        cost: Mean cost of a decision.
        gap: Highest less lowest approval rate among the groups.
        approval: Share of applicants approved.
    """

    variant: Variant
    threshold: float
    rule: str
    cost: float
    gap: float
    approval: float


def try_variants(
    table: RowsTable,
    variants: tuple[Variant, ...],
    *,
    attribute: int,
    threshold: float,
    costs: Costs,
    minimum: int,
    seed: int,
) -> list[Candidate]:
    """Cross-validate every variant at two thresholds: the job's, and the one that approves as many.

    Args:
        table: Its test part is not looked at.
        variants: The job's own recipe first.
        attribute: Position of the attribute whose gap is measured.
        threshold: The job's.
        costs: Of errors.
        minimum: Smallest group whose rate counts.
        seed: Of the folds.
    """
    whole = pooled(table)
    target = whole.train.target.astype(np.int64)
    groups = group_rows(whole.train, attribute, table.attributes[attribute], minimum)
    folds = _folds(target, seed)
    found: list[Candidate] = []
    wanted = 0.0
    for variant in variants:
        event = _held_out(whole, variant, folds)
        if not found:
            wanted = float((event < threshold).mean())
        for cut, rule in _cuts(event, threshold, wanted):
            approved = event < cut
            found.append(
                Candidate(
                    variant,
                    cut,
                    rule,
                    float(costs.per_row(target, approved).mean()),
                    widest_gap(approved, groups),
                    float(approved.mean()),
                )
            )
    return found


def widest_attribute(
    table: RowsTable, recipe: Variant, *, among: list[int], threshold: float, minimum: int, seed: int
) -> int:
    """The attribute by which the recipe's cross-validated approvals lie furthest apart.

    Args:
        table: Its test part is not looked at.
        recipe: The job's own.
        among: Positions of the attributes that come into question, one at least.
        threshold: The job's.
        minimum: Smallest group whose rate counts.
        seed: Of the folds.
    """
    whole = pooled(table)
    event = _held_out(whole, recipe, _folds(whole.train.target.astype(np.int64), seed))
    gaps = [
        widest_gap(event < threshold, group_rows(whole.train, i, table.attributes[i], minimum)) for i in among
    ]
    return among[int(np.argmax(gaps))]


def frontier(candidates: list[Candidate]) -> list[bool]:
    """Whether each candidate is on the frontier: none is at least as good in both and better in one."""
    cost = np.array([c.cost for c in candidates])
    gap = np.array([c.gap for c in candidates])
    beaten = (
        (cost[None, :] <= cost[:, None])
        & (gap[None, :] <= gap[:, None])
        & ((cost[None, :] < cost[:, None]) | (gap[None, :] < gap[:, None]))
    )
    return [not row.any() for row in beaten]


def propose(candidates: list[Candidate]) -> Candidate | None:
    """The candidate of smallest gap that costs at most 1 % more than the recipe (the first), or None."""
    base = candidates[0]
    near = [c for c in candidates[1:] if c.cost <= base.cost * (1 + TOLERANCE)]
    best = min(near, key=lambda c: (c.gap, c.cost), default=None)
    return best if best is not None and base.gap - best.gap >= SMALLEST_GAIN else None


def _cuts(event: Floats, threshold: float, wanted: float) -> Iterator[tuple[float, str]]:
    yield threshold, "the job's threshold"
    yield float(np.quantile(event, wanted)), "approves as many as the job's recipe"


def _held_out(whole: RowsTable, variant: Variant, folds: Ints) -> Floats:
    event = np.zeros(whole.train.n_rows)
    for fold in range(N_FOLDS):
        rows = np.flatnonzero(folds != fold)
        if variant.options.resample:
            draws = np.random.default_rng(variant.options.resample)
            rows = np.sort(draws.choice(rows, len(rows)))
        held = folds == fold
        event[held] = fit_scorecard(whole, variant.options, rows=rows).predict(whole.train).event[held]
    return event


def _folds(target: Ints, seed: int) -> Ints:
    """(n,) fold of each row; events and others are spread evenly."""
    folds = np.zeros(len(target), dtype=np.int64)
    rng = np.random.default_rng(seed)
    for value in (0, 1):
        rows = rng.permutation(np.flatnonzero(target == value))
        folds[rows] = np.arange(len(rows)) % N_FOLDS
    return folds
