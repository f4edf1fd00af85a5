"""Pages of new data: a plan for series, or lists for users, that came after the model was trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.batch import Batch
from testamur_retail.findings import plain
from testamur_retail.insight.buyer import plan_sections, unknown_of
from testamur_retail.insight.numbers import several
from testamur_retail.inventory.dependence import dependence_by_lag
from testamur_retail.inventory.forecaster import N_PATHS
from testamur_retail.inventory.paths import draw_scores, make_draws
from testamur_retail.inventory.plan import SHOWN_PAST, keep_largest, plan_lines
from testamur_retail.inventory.series import history_of
from testamur_retail.inventory.terms import Terms

MOST_USERS = 50
LENGTH = 10


def plan_new(batch: Batch) -> dict[str, Any]:
    """The buyer's page for new series, under the terms and with the dependence that the dossier holds.

    Args:
        batch: New series and the forecasts from their last steps.
    """
    tree = batch.evidence.get("reorder.json")
    quantiles = batch.predictions.quantiles
    if tree is None or quantiles is None:
        return {
            "answer": "No plan can be made: the dossier holds no trial of a plan; its audit report says why."
        }
    terms = Terms(**tree["terms"])
    dependence = dependence_by_lag(np.array(tree["dependence"]["by_lag"]), tree["dependence"]["n"])
    scores = draw_scores(dependence.matrix, N_PATHS, np.random.default_rng(tree["seed"]))
    levels = tuple(tree["quantiles"])
    clean = np.maximum.accumulate(np.maximum(quantiles.astype(np.float64), 0.0), axis=2)
    lines = plan_lines(batch.names, _past(batch), clean, make_draws(scores, levels), levels, terms)
    made = {**tree, "plan": plain(keep_largest(lines))}
    return {
        "answer": [
            f"Order levels for {several(len(lines), 'series', 'series')}, from the last step of each.",
            "Whether ordering so is worth it was tried on other days: see the audit report.",
        ],
        "sections": plan_sections(made),
        "unknown": unknown_of(tree),
    }


def _past(batch: Batch) -> list[np.ndarray]:
    history = history_of(batch.rows)
    return [
        history.values[max(start, stop - SHOWN_PAST) : stop, 0].astype(np.float64)
        for start, stop in zip(history.start.tolist(), history.stop.tolist(), strict=True)
    ]


def list_new(batch: Batch) -> dict[str, Any]:
    """Lists of ten for new users.

    Args:
        batch: Users with their choices, and the items ranked for each.
    """
    ranked = batch.predictions.ranked
    if ranked is None:
        return {"answer": "The model gives no lists."}
    rows = [
        [name, "; ".join(f"{i + 1}. {batch.items[code - 1]}" for i, code in enumerate(_shown(codes)))]
        for name, codes in zip(batch.names[:MOST_USERS], ranked[:MOST_USERS], strict=True)
    ]
    n_more = max(len(batch.names) - MOST_USERS, 0)
    note = f"{several(n_more, 'further user')} stand in the file of predictions." if n_more else ""
    return {
        "answer": f"Lists of ten for {several(len(batch.names), 'user')}.",
        "sections": [
            {"title": "Lists", "tables": [{"columns": ["User", "List"], "rows": rows, "note": note}]}
        ],
        "unknown": ["Items that training never showed cannot be in a list, and say nothing about a user."],
    }


def _shown(codes: np.ndarray) -> list[int]:
    return [int(code) for code in codes[:LENGTH] if code > 0]
