"""Why an item is in a list: what the list loses when one earlier choice is forgotten.

For every recent choice of a user the history is told once more without it, and the model is asked again;
the choice
whose absence lowers an item's score most is the reason for it. This asks the model itself, whatever it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import History, RowsPart, RowsTable
from testamur_retail.customers.people import take_rows

RECENT = 30
LENGTH = 10
N_REASONS = 2


def explain_list(predictor: Predictor, table: RowsTable, row: int) -> dict[str, Any]:
    """One user's list of ten, with reasons.

    Args:
        predictor: The model.
        table: A ranking.
        row: Position in the test part.

    Returns:
        ``{"history", "n_history", "list": [{"item", "because": [{"item", "drop"}]}]}``; a drop is in units of
        the spread of the listed scores, and an item that left the list altogether is counted at the lowest
        listed score.
    """
    log = table.test.history
    if log is None:
        raise ValueError("a ranking with histories is required, however: the rows have none")
    codes = log.codes[log.start[row] : log.stop[row], 0]
    forgotten = np.arange(max(0, len(codes) - RECENT), len(codes))
    variants = [np.arange(len(codes)), *(np.delete(np.arange(len(codes)), i) for i in forgotten)]
    said = predictor.predict(_retell(table.test, row, variants))
    if said.ranked is None or said.scores is None:
        raise ValueError("a ranked list is required of a ranking, however: the model gives none")
    whole = [int(code) for code in said.ranked[0, :LENGTH] if code > 0]
    scores = _scores_of(said.ranked, said.scores, whole)  # (1 + forgotten, items)
    spread = float(np.nanstd(said.scores[0])) or 1.0
    drops = (scores[0] - scores[1:]) / spread
    return {
        "history": [_title(table, code) for code in codes[::-1][:LENGTH]],
        "n_history": len(codes),
        "list": [
            {"item": _title(table, code), "because": _because(table, codes[forgotten], drops[:, place])}
            for place, code in enumerate(whole)
        ],
    }


def _retell(part: RowsPart, row: int, variants: list[np.ndarray]) -> RowsPart:
    """The row once per variant of its history; the log holds the variants one after the other."""
    log = part.history
    assert log is not None
    begin = int(log.start[row])
    steps = np.concatenate([begin + kept for kept in variants])
    lengths = np.array([len(kept) for kept in variants])
    stop = np.cumsum(lengths)
    rows = take_rows(part, np.full(len(variants), row))
    history = History(
        values=log.values[steps],
        codes=log.codes[steps],
        time=log.time[steps],
        series=np.repeat(np.arange(len(variants)), lengths),
        start=stop - lengths,
        stop=stop,
    )
    return replace(rows, history=history, entity=np.arange(len(variants)))


def _scores_of(ranked: np.ndarray, scores: np.ndarray, items: list[int]) -> np.ndarray:
    lowest = np.nanmin(scores, axis=1)
    found = np.tile(lowest[:, None], (1, len(items)))
    for place, item in enumerate(items):
        rows, columns = np.nonzero(ranked == item)
        found[rows, place] = scores[rows, columns]
    return found


def _because(table: RowsTable, codes: np.ndarray, drops: np.ndarray) -> list[dict[str, Any]]:
    order = [i for i in np.argsort(-drops, kind="stable")[:N_REASONS] if drops[i] > 0]
    return [{"item": _title(table, int(codes[i])), "drop": float(drops[i])} for i in order]


def _title(table: RowsTable, code: int) -> str:
    return table.items[code - 1] if code > 0 else "an item that training never showed"
