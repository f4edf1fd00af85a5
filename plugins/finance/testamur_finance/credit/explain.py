"""Reasons for every refused applicant, and the recipe that they are repeated with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.attack_budget import is_affordable
from testamur.audit.reasons import Sampling, find_reasons
from testamur.contracts.check import AuditInput
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsPart
from testamur_finance.credit.parts import take
from testamur_finance.credit.reasons import nearest_approved, top_reasons
from testamur_finance.credit.scorecard import Scorecard, fit_scorecard, refit
from testamur_finance.options import ScorecardOptions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCORECARD = "finance.scorecard"
N_REFERENCE = 64  # approved applicants nearest to the line
N_REFITS = 20
N_RETRAININGS = 4  # of a model whose recipe is trained again
SAME = 1e-3  # largest difference in probability between the net and the card it was filled from


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What counts against each refused applicant.

    Attributes:
        values: (n, n_features) contributions to the log-odds, against approved applicants near the line.
        again: Reasons under each refit; empty where the recipe cannot be repeated.
        method: How the contributions were made.
    """

    values: Floats
    again: list[Ints]
    method: str


def card_of(given: AuditInput) -> tuple[Scorecard, ScorecardOptions] | None:
    """The scorecard behind the job's model, fitted again, or None where the model is another one.

    The fit has one solution; that its probabilities are those of the network is looked at, not assumed.
    """
    training = given.training
    if training is None or training.model != SCORECARD:
        return None
    options = ScorecardOptions.model_validate(training.options)
    card = fit_scorecard(given.table, options)
    difference = card.predict(given.table.test).event - given.predictions["model"]["test"].event
    return (card, options) if float(np.abs(difference).max(initial=0.0)) < SAME else None


def explain(given: AuditInput, predictor: Predictor, refused: RowsPart, threshold: float) -> Explained:
    """Contributions for refused applicants, exactly for a scorecard, by sampled orders for other models."""
    reference = reference_rows(given, predictor, threshold)
    found = card_of(given)
    if found is None:
        sampling = Sampling(n_pairs=16, n_seeds=2, seed=given.seed, scale="log-odds")
        reasons = find_reasons(predictor, given.table, refused, reference, sampling=sampling, direction="up")
        values = np.array([r.contributions for r in reasons])
        return Explained(values, _again_with_trainer(given, refused, threshold), "Shapley, sampled orders")
    card, options = found
    values = against(card, refused, reference)
    again = [
        top_reasons(against(refit(given.table, options, card.ridge, seed), refused, reference))
        for seed in range(1, N_REFITS + 1)
    ]
    return Explained(values, again, "points of the scorecard (Shapley values of a sum, exact)")


def against(card: Scorecard, refused: RowsPart, reference: RowsPart) -> Floats:
    """(n, n_features) points of each applicant less the mean points of the reference rows."""
    return card.contributions(refused) - card.contributions(reference).mean(axis=0)


def reference_rows(given: AuditInput, predictor: Predictor, threshold: float) -> RowsPart:
    """Approved training applicants nearest to the line; all training rows where nobody is approved."""
    train = given.table.train
    event = predictor.predict(train).event
    rows = nearest_approved(event, threshold, N_REFERENCE)
    return take(train, rows if rows.size else np.arange(train.n_rows))


def _again_with_trainer(given: AuditInput, refused: RowsPart, threshold: float) -> list[Ints]:
    n = given.table.train.n_rows
    if given.trainer is None or not is_affordable(given, n, N_RETRAININGS):
        return []
    rng = np.random.default_rng(given.seed)
    samples = [np.sort(rng.integers(0, n, n)) for _ in range(N_RETRAININGS)]
    again = []
    for predictor in given.trainer.train(samples, given.seed):
        reference = reference_rows(given, predictor, threshold)
        sampling = Sampling(n_pairs=8, n_seeds=2, seed=given.seed, scale="log-odds")
        reasons = find_reasons(predictor, given.table, refused, reference, sampling=sampling, direction="up")
        again.append(top_reasons(np.array([r.contributions for r in reasons])))
    return again
