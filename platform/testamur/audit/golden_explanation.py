"""Checks of explanation held against closed forms of linear models."""

from __future__ import annotations

import numpy as np

from testamur.audit.golden_model import LinearModel, ThreeClasses, with_classes, with_model
from testamur.contracts.check import GoldenCase


def importance_cases() -> list[GoldenCase]:
    """A column that is not used has an importance of exactly 0; of a perfect one half of the AUC is lost."""
    column = np.repeat([0.0, 1.0], 1000)
    perfect = with_model(LinearModel((4.0,), -2.0, logistic=True), column[:, None], column)
    unused = with_model(LinearModel((0.0,), -2.0, logistic=True), column[:, None], column)
    # y = 3 x, x = -1 or 1: a shuffle moves half of the answers by 6, and the RMSE to sqrt(36 / 2).
    sides = np.where(column > 0, 1.0, -1.0)
    linear = with_model(LinearModel((3.0,)), sides[:, None], 3 * sides)
    return [
        GoldenCase("a column that says it all", perfect, (("importance", "", 0.5),), tolerance=0.02),
        GoldenCase("a column that is not used", unused, (("importance", "", 0.0),)),
        GoldenCase("a linear model", linear, (("importance", "", 18**0.5),), tolerance=0.15),
    ]


def shapley_cases() -> list[GoldenCase]:
    """Of a linear model phi = w (x - mean), here against training rows that are all 0."""
    numeric = np.stack([np.tile([-1.0, 1.0], 50), np.full(100, 0.5)], axis=1)
    given = with_model(LinearModel((2.0, 1.0)), numeric, numeric @ [2.0, 1.0], train=np.zeros((40, 2)))
    classes = with_classes(ThreeClasses((0.1, -0.1, 0.0)), np.tile([-1.0, 1.0], 50)[:, None])
    expected = (("contribution", "", 0.1), ("contribution_to_a", "", 0.1), ("contribution_to_c", "", 0.0))
    return [
        GoldenCase("a linear model", given, (("contribution", "", 2.0),)),
        GoldenCase("three classes", classes, expected),
    ]


def effect_cases() -> list[GoldenCase]:
    """Of a linear model the curve is a straight line: its span is the slope times the range."""
    numeric = np.linspace(-1, 3, 401)[:, None]
    falling = with_model(LinearModel((-2.0,), 1.0), numeric, np.zeros(401))
    classes = with_classes(ThreeClasses((0.05, -0.1, 0.05)), numeric)
    return [
        GoldenCase("a straight line", falling, (("effect_span", "", 8.0),), tolerance=1e-5),
        GoldenCase("the class that moves most", classes, (("effect_span", "", 0.4),), tolerance=1e-5),
    ]


def recourse_cases() -> list[GoldenCase]:
    """Only the first column counts: all flagged people cross the threshold by changing that one."""
    first = np.linspace(-1, 1, 200)
    numeric = np.stack([first, np.zeros(200)], axis=1)
    model = LinearModel((6.0, 0.0), logistic=True)
    given = with_model(model, numeric, (first > 0).astype(int))
    few = with_model(LinearModel((6.0, 0.0), -5.7, logistic=True), numeric, (first > 0).astype(int))
    expected = (("recourse_share", "", 1.0), ("n_changes", "", 1.0), ("immutable_touched", "", 0.0))
    return [
        GoldenCase("one column decides", given, expected),
        GoldenCase("five people are flagged", few, (("recourse_share", "", None),)),
    ]
