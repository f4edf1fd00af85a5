"""Whether passages that are near in meaning are worth looking for beside those that share words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Estimate
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.finding import Unit
from testamur_education.checks.bootstrap import cluster_mean
from testamur_education.checks.measured import evidence, measured, unmeasured
from testamur_education.qa.candidates import MEANING, N_CANDIDATES
from testamur_education.qa.features import STAGES
from testamur_education.qa.pairs import HAS

KEY = "education.retrieval"
FEWEST = 20  # questions; with fewer nothing is measured
LONGEST = 10  # places that count in the mean reciprocal rank
STAGE_WORDS = {
    "bm25": "BM25 alone",
    "by_words": "BM25 and TF-IDF fused",
    "meaning": "MiniLM's cosine alone",
    "fused": "all three fused",
}

Floats = NDArray[np.float64]


def run(given: AuditInput) -> CheckOutcome:
    """Places of the own passages of test questions in each ranking, and what meaning adds to the candidates.

    Nothing of the model is looked at: these are the rankings that it is given.
    """
    part = given.table.test
    asked = np.asarray(part.carried["question_id"], dtype=str)
    known = np.asarray(part.carried["state"]) == HAS
    _, first = np.unique(asked[known], return_index=True)
    rows = np.flatnonzero(known)[first]
    if rows.size < FEWEST:
        reason = (
            f"{FEWEST} questions with a known passage are required, however: {rows.size} in the test part"
        )
        label = "mean reciprocal rank of BM25 alone"
        return CheckOutcome((unmeasured(KEY, "mrr_bm25", label, reason, n=int(rows.size)),))
    places = {name: np.asarray(part.carried[f"own_{name}"], np.float64)[rows] for name in STAGES}
    cluster = np.zeros(rows.size, np.int64) if part.entity is None else part.entity[rows]

    def mean(values: Floats) -> Estimate:
        return cluster_mean(values, cluster, given.policy.level, given.seed)

    findings, lines = [], []
    for name, place in places.items():
        mrr, recall = mean(_reciprocal(place)), mean(_within(place, N_CANDIDATES))
        lines.append({"name": name, "words": STAGE_WORDS[name], "mrr": _tree(mrr), "recall": _tree(recall)})
        findings += [
            measured(KEY, f"mrr_{name}", f"mean reciprocal rank, {STAGE_WORDS[name]}", mrr),
            measured(KEY, f"recall_{name}", f"among the first ten, {STAGE_WORDS[name]}", recall, Unit.SHARE),
        ]
    gains = _gains(places, mean)
    findings += [measured(KEY, name, label, value, unit) for name, label, value, unit in gains]
    tree = {
        "n": int(rows.size),
        "n_subjects": int(np.unique(cluster).size),
        "rankings": lines,
        "gains": {name: _tree(value) for name, _, value, _ in gains},
        "n_pairs": part.n_rows,
        "found_by_meaning_alone": float(np.mean(np.asarray(part.carried["found_by"]) == MEANING)),
    }
    return CheckOutcome(
        tuple(findings), (evidence("retrieval.json", tree, "Rankings that the candidates come from"),)
    )


def _gains(places: dict[str, Floats], mean: Any) -> list[tuple[str, str, Estimate, Unit]]:
    either = np.maximum(_within(places["by_words"], N_CANDIDATES), _within(places["meaning"], N_CANDIDATES))
    as_many = _within(places["by_words"], 2 * N_CANDIDATES)
    fused = _reciprocal(places["fused"])
    return [
        (
            "found_more_than_by_words",
            "questions whose passage is a candidate, more than with as many candidates by words",
            mean(either - as_many),
            Unit.POINTS,
        ),
        (
            "mrr_gain_of_meaning_over_bm25",
            "mean reciprocal rank, all three fused less BM25 alone",
            mean(fused - _reciprocal(places["bm25"])),
            Unit.NUMBER,
        ),
        (
            "mrr_gain_of_meaning_over_words",
            "mean reciprocal rank, all three fused less words alone",
            mean(fused - _reciprocal(places["by_words"])),
            Unit.NUMBER,
        ),
    ]


def _reciprocal(place: Floats) -> Floats:
    return np.where((place >= 1) & (place <= LONGEST), 1.0 / np.maximum(place, 1.0), 0.0)


def _within(place: Floats, k: int) -> Floats:
    return ((place >= 1) & (place <= k)).astype(np.float64)


def _tree(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}
