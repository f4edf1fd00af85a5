"""A shop in the small: reviews, orders, deliveries, sales and lost sales on the days that really came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from testamur_retail.inventory.levels import Levels
from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.terms import Terms

Decide = Callable[[int, Floats, Floats], Levels]


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """What happened, for n series over W review periods.

    Attributes:
        cost: (n, W) holding, shortage and orders.
        holding: (n, W) of it, stock.
        shortage: (n, W) of it, lost sales.
        ordering: (n, W) of it, orders.
        demand: (n, W) units asked for.
        lost: (n, W) units not there.
    """

    cost: Floats
    holding: Floats
    shortage: Floats
    ordering: Floats
    demand: Floats
    lost: Floats


def run_shop(demand: Floats, start: Floats, decide: Decide, terms: Terms) -> Ledger:
    """Run n series through W review periods; sales that cannot be served are lost.

    In the morning of each review the levels are asked for; an order fills stock and orders under way up to S
    where they lie at or below s. It can be sold from the morning L steps later (at once where L = 0).

    Args:
        demand: (n, W, R) units asked for on each step.
        start: (n,) stock in the first morning; nothing is under way.
        decide: From (review, stock, stock and orders under way) to the levels.
        terms: The shop's terms.
    """
    n, reviews, review = demand.shape
    stock = start.astype(np.float64).copy()
    arriving = np.zeros((n, reviews * review + terms.lead + 1))
    held, lost, orders = (np.zeros((n, reviews)) for _ in range(3))
    for period in range(reviews):
        morning = period * review
        position = stock + arriving[:, morning:].sum(axis=1)
        levels = decide(period, stock, position)
        quantity = np.where(position <= levels.reorder, np.maximum(levels.up_to - position, 0.0), 0.0)
        arriving[:, morning + terms.lead] += quantity
        orders[:, period] = quantity > 0
        for step in range(review):
            stock += arriving[:, morning + step]
            asked = demand[:, period, step]
            sold = np.minimum(stock, asked)
            lost[:, period] += asked - sold
            stock = stock - sold
            held[:, period] += stock
    holding, shortage, ordering = held * terms.holding, lost * terms.shortage, orders * terms.order
    return Ledger(holding + shortage + ordering, holding, shortage, ordering, demand.sum(axis=2), lost)
