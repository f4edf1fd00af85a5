"""What of the returns net is not learnt by gradients: its quantiles before training, its stretch after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from testamur.contracts.table import RowsTable
from testamur.train.windows_form import WindowsForm
from testamur_finance.nets.returns import ReturnsNet
from testamur_finance.options import ReturnsOptions

Floats = NDArray[np.float64]

CHUNK = 4096  # windows at once
NARROWEST, WIDEST = 0.8, 1.25  # stretch of a quantile: a few hundred validation days cannot settle more


def settle_quantiles(
    module: ReturnsNet, table: RowsTable, options: ReturnsOptions, *, seed: int, stop: Callable[[], None]
) -> None:
    """Before training: quantiles of training returns over the window's volatility."""
    if module.squared:
        return
    scaled, _ = _walk(module, table, "train", stop)
    quantiles = np.nanquantile(scaled, table.problem.quantiles)
    with torch.no_grad():
        module.settled.copy_(torch.from_numpy(quantiles))


def stretch_quantiles(
    module: ReturnsNet, table: RowsTable, options: ReturnsOptions, *, seed: int, stop: Callable[[], None]
) -> None:
    """After training: each quantile stretched until it is undershot as often as stated on validation days."""
    if module.squared or not options.calibrate:
        return
    target, stated = _walk(module, table, "validation", stop, scaled=False)
    levels = table.problem.quantiles
    known = ~np.isnan(target)
    factors = [stretch_of(target[known], stated[known, i], level) for i, level in enumerate(levels)]
    with torch.no_grad():
        module.stretch.copy_(torch.tensor(factors))


def stretch_of(target: Floats, stated: Floats, level: float) -> float:
    """The factor f for which target < f stated happens with the stated share; 1 for the median.

    For a lower quantile (stated below 0) target < f stated means target / stated > f; for an upper
    one target / stated < f. The factor is held within bounds.
    """
    if not np.all(np.abs(stated) > 1e-9) or (stated.min() < 0 < stated.max()):
        return 1.0
    ratio = target / stated
    factor = np.quantile(ratio, 1 - level if stated[0] < 0 else level)
    return float(np.clip(factor, NARROWEST, WIDEST))


def _walk(
    module: ReturnsNet, table: RowsTable, part: str, stop: Callable[[], None], *, scaled: bool = True
) -> tuple[Floats, Floats]:
    """(n * horizon,) targets, over the window's volatility where `scaled`, and (n * horizon, n_levels)
    what the network says.
    """
    form = WindowsForm.plan(table)
    examples = form.examples(table.part(part), "cpu", None)  # type: ignore[arg-type]  # a part's name
    module.eval()
    targets, stated = [], []
    for begin in range(0, examples.n, CHUNK):
        stop()
        batch = examples.batch(slice(begin, begin + CHUNK))
        with torch.no_grad():
            scale = module.volatility(batch.inputs[0])[0]  # (b, 1)
            target = batch.target / scale if scaled else batch.target  # (b, horizon)
            targets.append(target.flatten().double().numpy())
            stated.append(module(*batch.inputs).reshape(-1, module.n_levels).double().numpy())
    return np.concatenate(targets), np.concatenate(stated)
