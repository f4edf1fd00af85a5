"""The person's page of a new export: the same score, days and advice, without training anew."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from testamur.contracts.batch import Batch
from testamur_health.insight.person import page
from testamur_health.monitoring.dataset import CHANNELS
from testamur_health.monitoring.days import DAY_S, days_in, target_first
from testamur_health.monitoring.person import describe
from testamur_health.monitoring.score import find_score
from testamur_health.monitoring.sources import NOT_ADVICE

SEED = 0  # of the score's draws: the same file gives the same page


def render_new(batch: Batch) -> dict[str, Any]:
    """Content of *Your figures* for days that came after training, or for another person.

    Args:
        batch: The days, and the forecast of the week after the last one of each person.
    """
    history = batch.rows.history
    if history is None or not batch.rows.n_rows:
        return {"notice": NOT_ADVICE, "answer": "No day could be looked at."}
    people = []
    for name, stop in zip(batch.names, history.stop.tolist(), strict=True):
        day, columns = days_in(history, int(history.series[stop - 1]), target_first(CHANNELS))
        people.append(describe(name or "the person", day, columns, find_score(columns, seed=SEED)))
    ending = [*_next_week(batch), _false_alarms()]
    return page(people, {}, ending, f"{batch.source}. {NOT_ADVICE}", batch.report.data.caveats[1:])


def _beats(value: np.float64) -> float:
    return round(float(value), 1)


def _false_alarms() -> dict[str, Any]:
    return {
        "title": "How often it rings for nothing",
        "answer": (
            "Once in 57 days where days are alike. What the rule keeps on days with a rhythm was measured in "
            "the audit report, for the person whose days the model learnt from; for these days it was not."
        ),
    }


def _next_week(batch: Batch) -> list[dict[str, Any]]:
    """The forecast of the resting heart rate, drawn for the first person."""
    quantiles, history = batch.predictions.quantiles, batch.rows.history
    if quantiles is None or history is None:
        return []
    middle = quantiles.shape[2] // 2
    first = int(history.time[history.stop[0] - 1] // DAY_S) + 1
    rows = [
        [
            (date(1970, 1, 1) + timedelta(days=first + step)).isoformat(),
            {"value": _beats(q[middle]), "low": _beats(q[1]), "high": _beats(q[-2])},
        ]
        for step, q in enumerate(np.asarray(quantiles[0], np.float64))
    ]
    return [
        {
            "title": "The week to come",
            "answer": (
                "Resting heart rate as forecast, with the range that is meant to hold four days in five. "
                "Whether it does better than last week's figures stands in the audit report; no alert rests "
                "on it."
            ),
            "tables": [
                {"columns": ["Day", {"name": "Beats a minute (80 %)", "unit": "number"}], "rows": rows}
            ],
        }
    ]
