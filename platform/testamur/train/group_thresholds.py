"""A threshold for each group, so that rates lie together: the least change of decisions that does it.

Post-processing after Hardt, Price and Srebro (NeurIPS 2016), without their coin tosses: every row with the
same score and group is decided alike. Groups are treated by different rules on purpose, and each must be
known at every prediction; both are for the law to allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.contracts.constraint import Constraint
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import RowsPart
from testamur.train.group_rates import Watch, strata_of

MOST_CANDIDATES = 200  # thresholds that are tried in a group, at quantiles of its scores
N_PLACES = 101  # at which the window that all rates must lie in begins
WIDEN = 1.25  # a window that no thresholds fit into is widened by this
AIM = 0.8  # of the bound: validation rows are few


@dataclass(frozen=True, slots=True)
class GroupThresholds:
    """Thresholds by group, written beside the weights.

    Attributes:
        attribute: Whose groups.
        position: Its column in `RowsPart.groups`.
        common: The threshold that the shifted probabilities are held against, and of rows without a group.
        own: Threshold of each group.
    """

    attribute: str
    position: int
    common: float
    own: tuple[float, ...]

    def shifted(self, event: np.ndarray, part: RowsPart) -> np.ndarray:
        """(n,) probabilities moved along the logit, so that a group's own threshold lies at the common one.

        Raises:
            DataError: No row tells its group.
        """
        group = part.groups[:, self.position].astype(np.int64)
        if group.size and (group < 0).all():
            message = f"{self.attribute} is required of new rows, however: no row has a known value"
            remedy = "this model decides by a threshold for each group: add the column"
            raise DataError("The rows cannot be predicted", [Problem(self.attribute, message, remedy)])
        moved = _logit(np.float64(self.common)) - _logit(np.asarray(self.own))
        logit = _logit(event) + np.where(group >= 0, moved[group], 0.0)
        shifted: np.ndarray = 1 / (1 + np.exp(-logit))
        # Who is selected does not hang on the rounding of logarithms.
        selected = event >= np.where(group >= 0, np.asarray(self.own)[group], self.common)
        below = np.minimum(shifted, np.nextafter(self.common, 0.0))
        return np.where(selected, np.maximum(shifted, self.common), below)


def settle_thresholds(
    part: RowsPart, event: np.ndarray, common: float, constraint: Constraint, bound: float, watch: Watch
) -> GroupThresholds:
    """Thresholds whose rates on these rows lie within the bound, changing as few decisions as can be.

    Args:
        part: Validation rows.
        event: (n,) their probabilities of the event.
        common: The threshold before.
        constraint: Which rates.
        bound: Largest gap.
        watch: The attribute; groups that it does not watch keep the common threshold.
    """
    stratum, group = strata_of(constraint, part.target), part.groups[:, watch.position]
    watched = [int(g) for g in np.flatnonzero(watch.kept.all(axis=0))]
    n_strata = watch.kept.shape[0]
    tried = {g: _candidates(event[group == g], stratum[group == g], common, n_strata) for g in watched}
    width, found = AIM * bound, None
    while found is None:
        found = _fit_window(tried, width)
        width *= WIDEN
    own = [common] * len(watch.levels)
    for g, place in found.items():
        own[g] = float(tried[g].threshold[place])
    return GroupThresholds(watch.name, watch.position, common, tuple(own))


@dataclass(frozen=True, slots=True)
class _Tried:
    """Thresholds of a group (c,), their rates (n_strata, c), and the decisions that each changes (c,)."""

    threshold: np.ndarray
    rates: np.ndarray
    changed: np.ndarray


def _candidates(event: np.ndarray, stratum: np.ndarray, common: float, n_strata: int) -> _Tried:
    quantiles = np.quantile(event, np.linspace(0, 1, MOST_CANDIDATES), method="higher")
    thresholds = np.unique(np.r_[quantiles, common, np.nextafter(event.max(), 2.0)])
    thresholds = np.clip(thresholds, 1e-9, 1 - 1e-9)
    selected = event[None, :] >= thresholds[:, None]  # (c, n)
    rates = np.stack([selected[:, stratum == s].mean(axis=1) for s in range(n_strata)])
    changed = (selected != (event >= common)[None, :]).sum(axis=1)
    return _Tried(thresholds, rates, changed)


def _fit_window(tried: dict[int, _Tried], width: float) -> dict[int, int] | None:
    """For each group the candidate with the fewest changes whose rates lie in one window; the best window."""
    n_strata = next(iter(tried.values())).rates.shape[0]
    begins = np.linspace(0, max(1 - width, 0), N_PLACES)
    best: tuple[float, dict[int, int]] | None = None
    for begin in np.stack(np.meshgrid(*[begins] * n_strata), axis=-1).reshape(-1, n_strata):
        total, chosen = 0.0, {}
        for g, candidates in tried.items():
            off = candidates.rates - begin[:, None]
            inside = ((off >= -1e-9) & (off <= width + 1e-9)).all(axis=0)
            if not inside.any():
                break
            cost = np.where(inside, candidates.changed, np.inf)
            chosen[g] = int(np.argmin(cost))
            total += float(cost[chosen[g]])
        if len(chosen) == len(tried) and (best is None or total < best[0]):
            best = (total, chosen)
    return best[1] if best else None


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(p) - np.log1p(-p))
