"""The trial on held-out days: the plan, its rival and the learned buyer run the same shops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur_retail.inventory.forecaster import Forecaster
from testamur_retail.inventory.learned import as_levels, describe, train_buyer
from testamur_retail.inventory.levels import Levels
from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.rival import fit_rival, rival_levels
from testamur_retail.inventory.series import Series
from testamur_retail.inventory.simulate import Decide, Ledger, run_shop
from testamur_retail.inventory.terms import Terms

FEWEST_REVIEWS = 6
MOST_LEARNED = 2_000  # series that the learned buyer is trained on


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What the policies did on the same held-out days; the days before the first delivery are left out.

    Attributes:
        plan: The model's plan.
        rival: Seasonal naive with safety stock.
        learned: The reinforcement-learning policy, or None where it could not be trained.
        covered: (n, W) True where demand over R + L stayed at or below the plan's s.
        n_reviews: W.
        first: First counted review.
    """

    plan: Ledger
    rival: Ledger
    learned: Ledger | None
    covered: np.ndarray
    n_reviews: int
    first: int


def run_trial(
    demand: Floats, series: list[Series], forecaster: Forecaster, season: int, terms: Terms, *, seed: int
) -> Trial | str:
    """Run the three policies through the held-out days, or say why that cannot be done.

    Args:
        demand: (T,) of the whole log; unknown days count as none asked for.
        series: The series.
        forecaster: The model.
        season: Steps of the cycle.
        terms: The shop's terms.
        seed: Of the learned policy.
    """
    asked = np.nan_to_num(demand)
    n_reviews = min((s.end - s.held_out) // terms.review for s in series)
    first = -(-terms.lead // terms.review)
    if n_reviews - first < FEWEST_REVIEWS:
        return (
            f"{FEWEST_REVIEWS} review periods after the first delivery are required on held-out days, "
            f"however: {max(n_reviews - first, 0)}"
        )
    if min(s.held_out - s.begin for s in series) < 2 * season:
        return f"two seasons ({2 * season} steps) before the held-out days are required in every series"
    held_out = np.array([s.held_out for s in series])
    days = held_out[:, None] + np.arange(n_reviews * terms.review)
    came = asked[days].reshape(len(series), n_reviews, terms.review)
    recent = asked[held_out[:, None] + np.arange(-season, 0)]
    start = recent.mean(axis=1) * terms.protection
    training = [asked[s.begin : s.known] for s in series]
    plan = _plan_by_review(series, held_out, n_reviews, forecaster, terms)
    ledgers = {
        "plan": run_shop(came, start, lambda t, _s, _p: plan[t], terms),
        "rival": run_shop(came, start, _rival(asked, held_out, training, season, terms), terms),
    }
    buyer = train_buyer(training[:MOST_LEARNED], season, terms, seed=seed)
    if buyer is not None:
        ledgers["learned"] = run_shop(came, start, _learned(buyer, asked, held_out, season, terms), terms)
    after = {name: _from(ledger, first) for name, ledger in ledgers.items()}
    return Trial(
        plan=after["plan"],
        rival=after["rival"],
        learned=after.get("learned"),
        covered=_covered(asked, series, held_out, plan, terms),
        n_reviews=n_reviews - first,
        first=first,
    )


def _plan_by_review(
    series: list[Series], held_out: np.ndarray, n_reviews: int, forecaster: Forecaster, terms: Terms
) -> list[Levels]:
    rows = np.array([s.row for s in series])
    stops = held_out[None, :] + terms.review * np.arange(n_reviews)[:, None]  # (W, n)
    levels = forecaster.plan(np.tile(rows, n_reviews), stops.ravel(), terms)
    reorder, up_to = (x.reshape(n_reviews, -1) for x in (levels.reorder, levels.up_to))
    return [Levels(reorder[t], up_to[t]) for t in range(n_reviews)]


def _rival(asked: Floats, held_out: np.ndarray, training: list[Floats], season: int, terms: Terms) -> Decide:
    rule = fit_rival(training, season, terms)
    which = np.arange(len(held_out))

    def decide(period: int, _stock: Floats, _position: Floats) -> Levels:
        last = asked[held_out[:, None] + period * terms.review + np.arange(-season, 0)]
        return rival_levels(rule, last, which, terms)

    return decide


def _learned(buyer: Any, asked: Floats, held_out: np.ndarray, season: int, terms: Terms) -> Decide:
    from testamur_retail.nets.reorder import choose

    def decide(period: int, stock: Floats, position: Floats) -> Levels:
        recent = asked[held_out[:, None] + period * terms.review + np.arange(-2 * season, 0)]
        states, base = describe(recent, season, stock, position, terms)
        return as_levels(choose(buyer, states) * base)

    return decide


def _covered(
    asked: Floats, series: list[Series], held_out: np.ndarray, plan: list[Levels], terms: Terms
) -> np.ndarray:
    ends = np.array([s.end for s in series])
    found = []
    for period, levels in enumerate(plan):
        begin = held_out + period * terms.review
        if (begin + terms.protection > ends).any():
            break
        found.append(_asked_until(asked, begin, terms) <= levels.reorder + 1e-6)
    return np.stack(found, axis=1)


def _asked_until(asked: Floats, begin: np.ndarray, terms: Terms) -> Floats:
    """(n,) demand over R + L from each origin."""
    return np.asarray(asked[begin[:, None] + np.arange(terms.protection)].sum(axis=1))


def _from(ledger: Ledger, first: int) -> Ledger:
    return Ledger(*(getattr(ledger, name)[:, first:] for name in Ledger.__slots__))
