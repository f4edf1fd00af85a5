"""Fairness checks held against closed forms."""

from __future__ import annotations

import numpy as np

from testamur.audit.golden_world import from_cells, make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ProblemKind

_CELLS = {"a": (60, 20, 10, 30), "b": (40, 10, 20, 30)}  # tn, fp, fn, tp


def rates_cases() -> list[GoldenCase]:
    """Rates by hand; a group without events has no true-positive rate, which others print as 0."""
    event, risk, groups = from_cells(_CELLS)
    by_hand = (
        ("selection_rate", "a", 50 / 120),
        ("true_positive_rate", "a", 30 / 40),
        ("false_positive_rate", "a", 20 / 80),
        ("positive_predictive_value", "a", 30 / 50),
        ("accuracy", "a", 90 / 120),
        ("selection_rate", "b", 40 / 100),
        ("true_positive_rate", "b", 30 / 50),
    )
    no_events, its_risk, its_groups = from_cells({"a": _CELLS["a"], "c": (30, 10, 0, 0)})
    return [
        GoldenCase("two groups by hand", make_input(event, {"model": risk}, groups=groups), by_hand),
        GoldenCase(
            "a group without events",
            make_input(no_events, {"model": its_risk}, groups=its_groups),
            (("true_positive_rate", "c", None), ("selection_rate", "c", 10 / 40)),
        ),
    ]


def gaps_cases() -> list[GoldenCase]:
    """Gaps by hand; equal groups have gaps of 0; one person is not a group."""
    event, risk, groups = from_cells(_CELLS)
    same, same_risk, same_groups = from_cells({"a": _CELLS["a"], "b": _CELLS["a"]})
    one, one_risk, one_groups = from_cells({"a": _CELLS["a"], "b": (0, 0, 0, 1)})
    return [
        GoldenCase(
            "two groups by hand",
            make_input(event, {"model": risk}, groups=groups),
            (
                ("demographic_parity_gap", "a", 50 / 120 - 40 / 100),
                ("adverse_impact_ratio", "b", (40 / 100) / (50 / 120)),
                ("equal_opportunity_gap", "a", 30 / 40 - 30 / 50),
                ("false_positive_rate_gap", "a", 20 / 80 - 10 / 50),
                ("equalised_odds_gap", "a", 30 / 40 - 30 / 50),
                ("predictive_parity_gap", "b", 30 / 40 - 30 / 50),
                ("true_positive_rate_difference", "b", 30 / 50 - 30 / 40),
            ),
        ),
        GoldenCase(
            "equal groups",
            make_input(same, {"model": same_risk}, groups=same_groups),
            (
                ("demographic_parity_gap", "a", 0.0),
                ("adverse_impact_ratio", "a", 1.0),
                ("equalised_odds_gap", "a", 0.0),
            ),
        ),
        GoldenCase(
            "a group of one person",
            make_input(one, {"model": one_risk}, groups=one_groups),
            (("demographic_parity_gap", "b", None), ("equal_opportunity_gap", "b", None)),
        ),
    ]


def intersection_cases() -> list[GoldenCase]:
    """Two attributes that are fair one by one and not together."""
    event, risk, groups = from_cells(
        {"00": (40, 0, 0, 40), "01": (0, 40, 40, 0), "10": (0, 40, 40, 0), "11": (40, 0, 0, 40)}
    )
    code = np.asarray(groups["group"][1])
    crossed = {"x": (("x0", "x1"), code // 2), "y": (("y0", "y1"), code % 2)}
    expected = (
        ("true_positive_rate", "x0 × y0", 1.0),
        ("true_positive_rate", "x0 × y1", 0.0),
        ("equal_opportunity_gap", "x0 × y0", 1.0),
    )
    return [GoldenCase("crossed attributes", make_input(event, {"model": risk}, groups=crossed), expected)]


def quality_cases() -> list[GoldenCase]:
    """Perfect ranking in one group, none in the other."""
    event = np.tile([0, 1], 100)
    risk = np.r_[np.where(event[:100], 0.8, 0.2), np.full(100, 0.5)]
    groups = {"group": (("a", "b"), np.repeat([0, 1], 100))}
    expected = (
        ("auc", "a", 1.0),
        ("auc", "b", 0.5),
        ("brier", "a", 0.04),
        ("brier", "b", 0.25),
        ("auc_gap", "a", 0.5),
        ("brier_gap", "b", 0.21),
    )
    return [GoldenCase("perfect against blind", make_input(event, {"model": risk}, groups=groups), expected)]


def class_cases() -> list[GoldenCase]:
    """Right for one group always, for the other in half of the rows."""
    target = np.tile([0, 1, 2, 0], 20)
    named = np.where(np.arange(80) < 40, target, np.where(np.arange(80) % 2, target, (target + 1) % 3))
    groups = {"group": (("a", "b"), np.repeat([0, 1], 40))}
    given = make_input(
        target,
        {"model": np.eye(3)[named]},
        groups=groups,
        kind=ProblemKind.MULTICLASS,
        classes=("k", "l", "m"),
    )
    return [
        GoldenCase(
            "half right", given, (("accuracy", "a", 1.0), ("accuracy", "b", 0.5), ("accuracy_gap", "a", 0.5))
        )
    ]


def error_cases() -> list[GoldenCase]:
    """Errors of +1 and -1 in one group, of +2 in the other."""
    target = np.arange(80.0)
    error = np.r_[np.tile([1.0, -1.0], 20), np.full(40, 2.0)]
    groups = {"group": (("a", "b"), np.repeat([0, 1], 40))}
    given = make_input(target, {"model": target + error}, groups=groups, kind=ProblemKind.REGRESSION)
    expected = (
        ("mae", "a", 1.0),
        ("mae", "b", 2.0),
        ("mean_error", "a", 0.0),
        ("mean_error", "b", 2.0),
        ("mae_gap", "b", 1.0),
        ("mean_error_gap", "b", 2.0),
    )
    return [GoldenCase("known errors", given, expected)]
