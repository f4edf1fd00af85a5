"""Performance checks held against closed forms."""

from __future__ import annotations

import numpy as np

from testamur.audit.golden_world import from_cells, make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ProblemKind


def ranking_cases() -> list[GoldenCase]:
    """Four rows by hand, twenty times over; a constant baseline has an AUC of exactly one half."""
    event, risk = np.tile([0, 0, 1, 1], 20), np.tile([0.1, 0.4, 0.35, 0.8], 20)
    given = make_input(event, {"model": risk, "naive": np.full(80, 0.5)})
    expected = (("auc", "", 0.75), ("baseline_auc", "", 0.5), ("auc_gain_over_naive", "", 0.25))
    ties = make_input(event, {"model": np.tile([0.2, 0.6, 0.6, 0.6], 20)})
    one = make_input(np.ones(80), {"model": risk})
    nineteen = make_input(np.arange(80) < 19, {"model": risk})
    return [
        GoldenCase("four rows", given, expected),
        GoldenCase("ties count one half", ties, (("auc", "", 0.75),)),
        GoldenCase("one outcome", one, (("auc", "", None),)),
        GoldenCase("nineteen rows of one outcome", nineteen, (("auc", "", None),)),
    ]


def score_cases() -> list[GoldenCase]:
    """A stated risk of 0.8 that is right three times in four."""
    event, risk = np.tile([1, 1, 1, 0], 20), np.full(80, 0.8)
    given = make_input(event, {"model": risk, "naive": np.full(80, 0.5)})
    log_loss = -(3 * np.log(0.8) + np.log(0.2)) / 4
    brier = (3 * 0.04 + 0.64) / 4
    expected = (
        ("log_loss", "", float(log_loss)),
        ("brier", "", brier),
        ("log_loss_gain_over_naive", "", float(np.log(2) - log_loss)),
        ("brier_gain_over_naive", "", 0.25 - brier),
    )
    return [GoldenCase("three of four", given, expected)]


def decision_cases() -> list[GoldenCase]:
    """Cells 60, 20, 10, 30 at a threshold of one fifth, where the odds are a quarter."""
    event, risk, _ = from_cells({"all": (60, 20, 10, 30)})
    given = make_input(event, {"model": risk}, threshold=0.2)
    benefit, everyone = 30 / 120 - 20 / 120 / 4, 40 / 120 - 80 / 120 / 4
    expected = (
        ("sensitivity", "", 30 / 40),
        ("specificity", "", 60 / 80),
        ("positive_predictive_value", "", 30 / 50),
        ("negative_predictive_value", "", 60 / 70),
        ("selection_rate", "", 50 / 120),
        ("accuracy", "", 90 / 120),
        ("net_benefit", "", benefit),
        ("net_benefit_gain_over_all", "", benefit - everyone),
    )
    return [GoldenCase("cells by hand", given, expected)]


def class_cases() -> list[GoldenCase]:
    """Always right; against a baseline that knows nothing."""
    target = np.tile([0, 1, 2], 20)
    given = make_input(
        target,
        {"model": np.eye(3)[target], "naive": np.full((60, 3), 1 / 3)},
        kind=ProblemKind.MULTICLASS,
        classes=("k", "l", "m"),
    )
    expected = (
        ("accuracy", "", 1.0),
        ("macro_auc", "", 1.0),
        ("baseline_macro_auc", "", 0.5),
        ("macro_auc_gain_over_naive", "", 0.5),
        ("accuracy_gain_over_naive", "", 2 / 3),
    )
    return [GoldenCase("always right", given, expected)]


def error_cases() -> list[GoldenCase]:
    """Errors of 1 and 2 in turn; a baseline that predicts the mean."""
    target = np.tile([0.0, 10.0], 20)
    error = np.tile([1.0, 1.0, -2.0, -2.0], 10)
    predicted = {"model": target + error, "naive": np.full(40, 5.0)}
    given = make_input(target, predicted, kind=ProblemKind.REGRESSION)
    expected = (
        ("rmse", "", 2.5**0.5),
        ("mae", "", 1.5),
        ("r2", "", 0.9),
        ("rmse_gain_over_naive", "", 5 - 2.5**0.5),
        ("mae_gain_over_naive", "", 3.5),
    )
    constant = make_input(np.full(40, 3.0), {"model": np.tile([3.5, 4.5], 20)}, kind=ProblemKind.REGRESSION)
    return [
        GoldenCase("known errors", given, expected),
        GoldenCase("a constant target", constant, (("r2", "", None), ("mae", "", 1.0))),
    ]
