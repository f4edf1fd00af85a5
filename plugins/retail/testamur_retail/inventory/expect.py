"""What a level is expected to cost and to serve, according to the forecast itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.terms import Terms


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Over the review period that an order is responsible for, for n forecasts.

    Attributes:
        cost: (n,) holding and shortage; the order itself is not in it.
        lost: (n,) units asked for and not there.
        fill: (n,) share of the period's demand that is served; 1 where none is expected.
        no_lack: (n,) chance that nothing is lacking.
    """

    cost: Floats
    lost: Floats
    fill: Floats
    no_lack: Floats


def expect_outcome(paths: Floats, up_to: Floats, terms: Terms) -> Expected:
    """Follow every path from the order's arrival to the next one's.

    Stock and orders under way are `up_to` at the start; they last until step L + R. What the first L steps
    take is
    gone when the order arrives (were more asked for than that, those sales were lost before and belong to
    the order
    before).

    Args:
        paths: (n, P, H).
        up_to: (n,) stock and orders under way after ordering.
        terms: The shop's terms.
    """
    before = np.minimum(paths[:, :, : terms.lead].sum(axis=2), up_to[:, None])  # (n, P)
    during = paths[:, :, terms.lead : terms.protection]  # (n, P, R)
    left = up_to[:, None, None] - before[..., None] - np.cumsum(during, axis=2)
    held = np.maximum(left, 0.0).sum(axis=2)  # unit-steps
    lost = np.maximum(-left[:, :, -1], 0.0)
    demand = during.sum(axis=2).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        fill = np.where(demand > 0, 1.0 - lost.mean(axis=1) / demand, 1.0)
    return Expected(
        cost=terms.holding * held.mean(axis=1) + terms.shortage * lost.mean(axis=1),
        lost=lost.mean(axis=1),
        fill=fill,
        no_lack=(left[:, :, -1] >= 0).mean(axis=1),
    )
