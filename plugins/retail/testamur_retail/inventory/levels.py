"""Order levels from demand paths: (R, s, S) with lead time, and the newsvendor's single order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur_retail.inventory.paths import Floats
from testamur_retail.inventory.terms import Terms


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """When to order and up to where, for n forecasts.

    Attributes:
        reorder: (n,) s: order when stock and orders under way have fallen to it.
        up_to: (n,) S: order so much that stock and orders under way reach it.
    """

    reorder: Floats
    up_to: Floats


def plan_levels(paths: Floats, terms: Terms) -> Levels:
    """Levels of the (R, s, S) policy from sampled paths.

    s is the critical-ratio quantile of demand over R + L. Where the fixed cost of an order is worth waiting
    for,
    S lies above s by the economic order quantile sqrt(2 K D / h) less the demand of one review period
    (Silver,
    Pyke, Thomas 2017, ch. 7); else S = s, and every review orders.

    Args:
        paths: (n, P, H) demand, H >= R + L.
        terms: The shop's terms.
    """
    total = paths[:, :, : terms.protection].sum(axis=2)  # (n, P)
    return spread_levels(np.quantile(total, terms.critical_ratio, axis=1), paths.mean(axis=(1, 2)), terms)


def spread_levels(reorder: Floats, rate: Floats, terms: Terms) -> Levels:
    """Both levels from the lower one and the expected demand of one step.

    Args:
        reorder: (n,) s.
        rate: (n,) expected demand of one step.
        terms: The shop's terms.
    """
    batch = (
        np.sqrt(2.0 * terms.order * np.maximum(rate, 0.0) / terms.holding) if terms.holding > 0 else rate * 0
    )
    return Levels(reorder, reorder + np.maximum(batch - rate * terms.review, 0.0))


def newsvendor_quantity(paths: Floats, terms: Terms) -> Floats:
    """(n,) what to have ready for one review period if nothing could be kept after it.

    The quantile of the period's demand at p / (p + c) (Arrow, Harris, Marschak: Optimal inventory policy,
    Econometrica 1951).

    Args:
        paths: (n, P, H).
        terms: The shop's terms.
    """
    return np.quantile(paths[:, :, : terms.review].sum(axis=2), terms.newsvendor_ratio, axis=1)
