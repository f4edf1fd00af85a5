"""Customers one by one, for those who may see them: expected spend, how sure, and why the model says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.audit.reasons import Reasons, Sampling, find_reasons
from testamur.contracts.check import AuditInput
from testamur.contracts.table import RowsPart
from testamur_retail.customers.worth import Bands, Worth, stake_of

LISTED = 40
EXPLAINED = 12
N_REFERENCE = 400
N_REASONS = 3
KNOWN = ("repeats", "recency", "age", "total_value")


def list_people(given: AuditInput, worth: Worth, bands: Bands) -> dict[str, Any]:
    """The forty customers with most money at stake: expected spend of a buyer times the chance of silence.

    Args:
        given: What the check was given.
        worth: Of the test part.
        bands: Of validation customers.

    Returns:
        ``{"people": [...], "n": int}``; the first twelve with reasons, where the model is at hand.
    """
    part = given.table.test
    low, high = bands.interval(worth.model)
    order = np.argsort(-stake_of(worth.counting, worth.churn), kind="stable")[:LISTED]
    reasons = _explain(given, order[:EXPLAINED])
    people = [
        {
            "customer": _name(given, i),
            "expected": worth.model[i],
            "counting": worth.counting[i],
            "low": low[i],
            "high": high[i],
            "churn": worth.churn[i],
            **{name: float(part.carried[name][i]) for name in KNOWN},
            "reasons": reasons[place] if place < len(reasons) else [],
        }
        for place, i in enumerate(order)
    ]
    return {"people": people, "n": part.n_rows, "explained": len(reasons), "reference": N_REFERENCE}


def _name(given: AuditInput, row: int) -> str:
    part = given.table.test
    return str(part.carried["customer"][row]) if "customer" in part.carried else f"row {int(part.row[row])}"


def _explain(given: AuditInput, rows: np.ndarray) -> list[list[dict[str, Any]]]:
    if given.predictor is None:
        return []
    rng = np.random.default_rng(given.seed)
    train = given.table.train
    reference = take_rows(train, np.sort(rng.permutation(train.n_rows)[:N_REFERENCE]))
    sampling = Sampling(n_pairs=8, n_seeds=3, seed=given.seed, n_top=N_REASONS)
    found = find_reasons(
        given.predictor, given.table, take_rows(given.table.test, rows), reference, sampling=sampling
    )
    labels = {feature.name: feature.label for feature in given.table.features}
    return [_in_words(reasons, labels) for reasons in found]


def _in_words(reasons: Reasons, labels: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "label": labels.get(reasons.names[i], reasons.names[i]),
            "adds": float(reasons.contributions[i]),
            "error": float(reasons.errors[i]),
            "kept": float(reasons.kept[i]),
        }
        for i in reasons.order()[:N_REASONS]
    ]


def take_rows(part: RowsPart, rows: np.ndarray) -> RowsPart:
    """Some rows of a part."""

    def pick(values: Any) -> Any:
        return None if values is None else values[rows]

    return replace(
        part,
        **{
            name: pick(getattr(part, name))
            for name in (
                "row", "numeric", "missing", "categorical", "target", "groups", "absent", "twin",
                "twin_with_target", "weight", "entity", "time",
            )
        },
        carried={name: values[rows] for name, values in part.carried.items()},
    )  # fmt: skip
