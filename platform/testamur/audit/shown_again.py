"""Lists from which what a user chose before is taken out, whatever past the model was shown."""

from __future__ import annotations

import numpy as np

from testamur.contracts.table import History, Predictions


def without_known(said: Predictions, log: History) -> Predictions:
    """The lists without the items of the rows' pasts; those behind them move up.

    Args:
        said: (n, k) lists.
        log: The pasts of the n rows, each in a stretch of its own.
    """
    ranked = np.asarray(said.ranked)
    n, k = ranked.shape
    top = int(max(ranked.max(initial=0), log.codes[:, 0].max(initial=0))) + 1
    inside = np.arange(log.series.size) < log.stop[log.series]
    known = np.unique(log.series[inside] * top + log.codes[inside, 0])
    rows = np.repeat(np.arange(n), k).reshape(n, k)
    gone = (ranked == 0) | np.isin(rows * top + ranked, known)
    order = np.argsort(gone, axis=1, kind="stable")
    left = ~np.take_along_axis(gone, order, axis=1)
    scores = np.take_along_axis(np.asarray(said.scores), order, axis=1)
    return Predictions(
        ranked=np.where(left, np.take_along_axis(ranked, order, axis=1), 0),
        scores=np.where(left, scores, np.nan),
    )
