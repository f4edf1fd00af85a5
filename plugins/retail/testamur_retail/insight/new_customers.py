"""The page of new orders: which customers have most money at stake from today on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from testamur.contracts.batch import Batch
from testamur_retail.customers.bg_nbd import BgNbd, Floats
from testamur_retail.customers.counting import WEEKS, expected_spend, purchases_of
from testamur_retail.customers.gamma_gamma import GammaGamma
from testamur_retail.customers.worth import Bands, expect, stake_of
from testamur_retail.findings import plain
from testamur_retail.insight.marketer import known_words
from testamur_retail.insight.numbers import amount, amount_range, percent, several, share_range

MOST_LISTED = 200
TENTHS = 10
KNOWN = ("repeats", "recency", "age", "total_value")


def list_new_customers(batch: Batch) -> dict[str, Any]:
    """Content of the page *Customers worth a call* for customers whose outcome is not known yet.

    BG/NBD with Gamma-Gamma and the intervals are those of the dossier: neither is fitted anew.

    Args:
        batch: Customers as they stand on the day after the last order, and what the model says of them.
    """
    tree = batch.evidence.get("customer_value.json")
    if tree is None:
        return {"answer": "Nobody can be listed: the dossier holds no trial; its audit report says why."}
    none, counted = _counted(batch, tree["parameters"][-1])
    expected, churn = expect(batch.predictions, none, counted)
    found = tree["figures"]["top_tenth_share"]
    content = {
        "notice": "Nobody is to be refused anything because of this page.",
        "answer": [
            f"{several(len(expected), 'customer')} of {batch.source}, "
            f"{amount(float(expected.sum()), 0)} expected of them in the next thirteen weeks.",
            f"In the audit the tenth that the model ranked first brought {share_range(found)} of the money; "
            f"it expected {amount_range(tree['figures']['expected_real_ratio'])} times what came "
            f"({several(tree['n'], 'customer')}).",
        ],
        "sections": [_tenths(expected, churn), _people(batch, tree, expected, counted, churn)],
        "unknown": [
            "What these customers will do: nothing after the last order of the file is known.",
            "Whether the shop is still as it was: the model was trained and tested on other days.",
            "Reasons for single answers: they are given in the audit's own page, for customers of the test.",
            "Whether a letter would change anything: nobody was written to at random.",
        ],
    }
    made: dict[str, Any] = plain(content)
    return made


def _counted(batch: Batch, fitted: Mapping[str, float]) -> tuple[Floats, Floats]:
    """(n,) chance of no purchase and (n,) expected spend, by the models that the audit fitted."""
    rows = np.arange(batch.rows.n_rows)
    given, carried = purchases_of(batch.rows, rows), batch.rows.carried
    counting = BgNbd(*(fitted[name] for name in ("r", "alpha", "a", "b")), log_likelihood=float("nan"))
    worth = GammaGamma(*(fitted[name] for name in ("p", "q", "v")))
    repeats, mean = (np.asarray(carried[name], np.float64) for name in ("n_valued", "repeat_value"))
    return counting.chance_of_none(given, WEEKS), expected_spend(counting, worth, given, repeats, mean)


def _people(
    batch: Batch, tree: Mapping[str, Any], expected: Floats, counted: Floats, churn: Floats
) -> dict[str, Any]:
    bands = tree["bands"]
    edges, low, high, mean = (np.asarray(bands[name]) for name in ("edges", "low", "high", "mean"))
    ends = Bands(edges, low, high, mean, bands["least"]).interval(expected)
    whose = (
        "The chance of silence is the model's."
        if batch.predictions.values is None
        else "The model states money alone: the chance of silence is that of BG/NBD."
    )
    order = np.argsort(-stake_of(counted, churn), kind="stable")[:MOST_LISTED]
    rows = [
        [
            batch.names[i],
            churn[i],
            {"value": expected[i], "low": ends[0][i], "high": ends[1][i]},
            counted[i],
            known_words({name: float(batch.rows.carried[name][i]) for name in KNOWN}),
        ]
        for i in order
    ]
    return {
        "title": "Whom to look at first",
        "answer": "Ordered by what a customer who buys is expected to spend, times the chance of silence.",
        "tables": [
            {
                "columns": [
                    "Customer",
                    {"name": "Chance of silence", "unit": "share"},
                    {"name": "Expected spend, 13 weeks (80 % of customers like this)", "unit": "number"},
                    {"name": "BG/NBD", "unit": "number"},
                    "Known",
                ],
                "rows": rows,
                "note": f"{len(rows):,} of {several(len(expected), 'customer')}; all stand in the file of "
                "predictions.",
            }
        ],
        "notes": [whose],
    }


def _tenths(expected: Floats, churn: Floats) -> dict[str, Any]:
    """Where the expected money lies, the best tenth first."""
    pieces = [p for p in np.array_split(np.argsort(-expected, kind="stable"), TENTHS) if p.size]
    total = max(float(expected.sum()), 1e-12)
    first = float(expected[pieces[0]].sum()) / total
    return {
        "title": "Where the money is expected",
        "answer": f"The first tenth is expected to bring {percent(first)} of it.",
        "tables": [
            {
                "columns": [
                    "Tenth, the highest expectation first",
                    {"name": "Customers", "unit": "count"},
                    {"name": "Expected of each", "unit": "money"},
                    {"name": "Of the money", "unit": "share"},
                    {"name": "Mean chance of silence", "unit": "share"},
                ],
                "rows": [
                    [str(k + 1), p.size, expected[p].mean(), expected[p].sum() / total, churn[p].mean()]
                    for k, p in enumerate(pieces)
                ],
            }
        ],
    }
