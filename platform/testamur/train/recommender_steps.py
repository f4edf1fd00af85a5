"""What is done around the epochs of the recommender: EASE^R in closed form, the blend on validation rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from testamur.contracts.table import RowsTable
from testamur.train.choices import past_items
from testamur.train.ease import HALF_LIVES, choose_strength, settling_rows
from testamur.train.options import RecommenderOptions
from testamur.train.ranked import MOST_STEPS, hide_seen, reciprocal_gain
from testamur.train.recommender import Recommender, standardise

SHARES = tuple(round(0.05 * i, 2) for i in range(21))
Gains = NDArray[np.float64]


def fit_linear(
    module: Recommender, table: RowsTable, options: RecommenderOptions, *, seed: int, stop: Callable[[], None]
) -> None:
    """Fit EASE^R on the training choices; its strength and half-life, where not stated, on validation.

    Args:
        module: Its buffers are filled.
        table: A ranking.
        options: Strength and half-life, or None to settle them.
        seed: Not used: nothing is drawn.
        stop: Raises when the attempt must end.
    """
    if options.architecture == "sasrec":
        return
    _, weights = choose_strength(table, stop, options.l2)
    module.item_weights.copy_(torch.from_numpy(weights))
    if options.half_life is not None:
        module.half_life.fill_(options.half_life)
        return
    gains = []
    for half_life in HALF_LIVES:
        stop()
        module.half_life.fill_(half_life)
        gains.append(_gains(module, table, stop, linear_only=True)[0].mean())
    module.half_life.fill_(HALF_LIVES[int(np.argmax(gains))])


def settle_blend(
    module: Recommender, table: RowsTable, options: RecommenderOptions, *, seed: int, stop: Callable[[], None]
) -> None:
    """The share of the transformer that ranks the validation choices best.

    Args:
        module: Its share is set.
        table: A ranking.
        options: Other architectures than the blend are left as they are.
        seed: Not used: nothing is drawn.
        stop: Raises when the attempt must end.
    """
    if options.architecture == "blend":
        module.share.fill_(SHARES[int(np.argmax(_gains(module, table, stop).mean(axis=1)))])


@torch.no_grad()
def _gains(
    module: Recommender, table: RowsTable, stop: Callable[[], None], *, linear_only: bool = False
) -> Gains:
    """(n_shares, n) 1 / log2(1 + rank) of the validation choices that settle, for each share."""
    part, device = table.validation, module.item_weights.device
    shares = (0.0,) if linear_only else SHARES
    gains = []
    for rows in settling_rows(part.n_rows, len(table.items)):
        stop()
        items = past_items(part, rows, MOST_STEPS)
        seen = torch.from_numpy(items).to(device)
        linear = standardise(module.score_linear(seen)).double().cpu().numpy()
        other = 0.0 if linear_only else standardise(module.score_sequence(seen)).double().cpu().numpy()
        blends = [(1 - share) * linear + share * other for share in shares]
        if not table.problem.repeats:
            for scores in blends:
                hide_seen(scores, items)
        gains.append([reciprocal_gain(scores, part.target[rows]) for scores in blends])
    return np.concatenate(gains, axis=1)
