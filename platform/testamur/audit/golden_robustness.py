"""Checks of robustness held against closed forms of linear models."""

from __future__ import annotations

import numpy as np

from testamur.audit.golden_model import LinearModel, with_model
from testamur.audit.golden_world import make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ProblemKind

_SIDES = np.tile([-1.0, 1.0], 750)  # standard deviation 1


def noise_cases() -> list[GoldenCase]:
    """A perfect linear model errs by its slope times the noise."""
    given = with_model(LinearModel((2.0,)), _SIDES[:, None], 2 * _SIDES)
    return [GoldenCase("slope times noise", given, (("rmse_rise", "", 0.1),), tolerance=0.01)]


def missing_cases() -> list[GoldenCase]:
    """A missing -1 or 1 is read as 0: the share lost times the slope squared is the mean squared error."""
    given = with_model(LinearModel((2.0,)), _SIDES[:, None], 2 * _SIDES)
    return [GoldenCase("one cell in twenty", given, (("rmse_rise", "", 0.2**0.5),), tolerance=0.07)]


def typo_cases() -> list[GoldenCase]:
    """A category that adds 3 adds nothing once it is misspelt."""
    codes = np.ones(1500, dtype=np.int64)
    model = LinearModel((0.0,), by_code=(0.0, 3.0))
    given = with_model(model, np.zeros((1500, 1)), np.full(1500, 3.0), codes=codes)
    return [GoldenCase("one cell in twenty", given, (("rmse_rise", "", (0.05 * 9) ** 0.5),), tolerance=0.1)]


def attack_cases() -> list[GoldenCase]:
    """Each error of 1 grows by the bound times the sum of the absolute slopes."""
    numeric = np.stack([_SIDES, np.repeat([-1.0, 1.0], 750)], axis=1)
    given = with_model(LinearModel((2.0, -1.0)), numeric, numeric @ [2.0, -1.0] - 1.0)
    expected = (("rmse_rise", "", 0.05 * 3.0),)
    return [GoldenCase("bound times slopes", given, expected, tolerance=1e-5)]


def shift_cases() -> list[GoldenCase]:
    """Half and half in training, three quarters and one in test: PSI = ln(3) / 4, up to half a row a bin."""
    test = np.repeat([0.0, 1.0], [1500, 500])[:, None]
    train = np.repeat([0.0, 1.0], 1000)[:, None]
    model = LinearModel((1.0,))
    moved = with_model(model, test, np.zeros(2000), train=train)
    same = with_model(model, train, np.zeros(2000), train=train)
    few = with_model(model, test[:40], np.zeros(40), train=train)
    return [
        GoldenCase("a quarter moved", moved, (("psi", "", float(np.log(3) / 4)),), tolerance=1e-3),
        GoldenCase("nothing moved", same, (("psi", "", 0.0),)),
        GoldenCase("forty rows", few, (("psi", "", None),)),
    ]


def group_cases() -> list[GoldenCase]:
    """Noise hits both groups alike; a group of ten is not estimable."""
    level = np.r_[np.tile([0, 0, 1, 1], 375)]
    level[:10] = 2
    groups = {"g": (("a", "b", "c"), level)}
    given = with_model(LinearModel((2.0,)), _SIDES[:, None], 2 * _SIDES, groups=groups)
    expected = (
        ("group_rmse_rise", "a", 0.2),
        ("group_rmse_rise", "b", 0.2),
        ("group_rmse_rise", "c", None),
    )
    return [GoldenCase("two groups alike", given, expected, tolerance=0.02)]


def period_cases() -> list[GoldenCase]:
    """Errors of -1 and 1 in the first half of the time, of -3 and 3 later: an RMSE of 1, then of 3."""
    half = np.repeat([1.0, 3.0], 200)
    error = half * np.tile([-1.0, 1.0], 200)
    noise = np.tile([0.0, 0.0, 1e-3, -1e-3], 100)  # an interval needs a spread
    given = make_input(
        np.zeros(400), {"model": error + noise}, kind=ProblemKind.REGRESSION, time=np.arange(400.0)
    )
    few = make_input(np.zeros(24), {"model": error[:24]}, kind=ProblemKind.REGRESSION, time=np.arange(24.0))
    expected = (("period_rmse", "", 1.0), ("rmse_rise_over_time", "", 2.0))
    return [
        GoldenCase("three times as far off", given, expected, tolerance=1e-3),
        GoldenCase("twenty-four rows", few, (("period_rmse", "", None),)),
    ]
