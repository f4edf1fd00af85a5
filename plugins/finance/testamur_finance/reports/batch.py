"""The same pages for new rows: tomorrow's bounds, and decisions about new applicants."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.contracts.batch import Batch
from testamur_finance.reports.drawable import drawable
from testamur_finance.reports.words import percent, signed

SHOWN = (0.01, 0.05, 0.5, 0.95, 0.99)
MOST_ROWS = 200


def make_market_batch(batch: Batch) -> dict[str, Any]:
    """How far each series may move on the day after its last one, in per cent of price."""
    quantiles, levels = batch.predictions.quantiles, _levels(batch)
    if quantiles is None or not levels:
        return {"answer": "This model states no quantiles: no bounds can be shown."}
    places = [int(np.argmin(np.abs(np.asarray(levels) - level))) for level in SHOWN]
    moves = 100.0 * np.expm1(quantiles[:, 0] / 100.0)  # (n, Q) simple returns in per cent
    table = {
        "columns": ["series", *[f"{100 * levels[i]:g} %" for i in places]],
        "rows": [
            [name or "the series", *[f"{signed(row[i], 2)} %" for i in places]]
            for name, row in zip(batch.names[:MOST_ROWS], moves, strict=False)
        ],
        "note": "In per cent of the last price; the lower bounds are broken on about 1 and 5 days of 100.",
    }
    figure = {
        "kind": "intervals",
        "title": "From the 5 % to the 95 % bound",
        "unit": "%",
        "reference": 0.0,
        "reference_words": "no move",
        "rows": [
            {
                "label": name or "the series",
                "value": float(row[places[2]]),
                "low": float(row[places[1]]),
                "high": float(row[places[3]]),
            }
            for name, row in zip(batch.names[:40], moves, strict=False)
        ],
    }
    section = {
        "title": "How far it may move by the next day",
        "answer": "The middle is no forecast: nothing here says whether it will be up or down.",
        "figures": [figure],
        "tables": [table],
    }
    return {
        "answer": f"Bounds for the day after the last price of {len(batch.names):,} series.",
        "sections": drawable([section]),
        "unknown": ["News, earnings, and whether the market can be traded at the bound."],
    }


def _levels(batch: Batch) -> list[float]:
    """The levels that the audited forecast stated."""
    tree = batch.evidence.get("finance_pinball.json") or {}
    return [float(level) for level in tree.get("levels", [])]


def make_credit_batch(batch: Batch) -> dict[str, Any]:
    """What the model says of new applicants, at the threshold of the audited job."""
    threshold = batch.report.threshold
    if batch.predictions.probabilities is None or threshold is None:
        return {"answer": "This model has no threshold: no decision can be shown."}
    event = batch.predictions.event
    refused = event >= threshold
    order = np.argsort(-event, kind="stable")[:MOST_ROWS]
    table = {
        "columns": ["applicant", {"name": "expected to fail", "unit": "share"}, "at the threshold"],
        "rows": [
            [batch.names[i], float(event[i]), "refuse" if refused[i] else "approve"] for i in order.tolist()
        ],
        "note": f"The {len(order):,} with the highest probability of {len(event):,}."
        if len(order) < len(event)
        else "",
    }
    return {
        "notice": "A proposal for a person who decides; no applicant is to be told from this page.",
        "answer": (
            f"{int(refused.sum()):,} of {len(event):,} new applicants lie at or above the threshold of "
            f"{percent(threshold)}."
        ),
        "sections": drawable([{"title": "New applicants", "answer": "", "tables": [table]}]),
        "unknown": [
            "Why: reasons need the applicants that the model was trained on. The audited job shows them.",
            *batch.notes,
        ],
    }
