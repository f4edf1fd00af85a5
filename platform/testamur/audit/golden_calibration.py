"""Calibration checks held against closed forms: two stated risks, whose observed shares are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.golden_world import make_input
from testamur.contracts.check import GoldenCase


def _two_risks(stated: tuple[float, float], observed: tuple[float, float], n: int = 100) -> tuple[Any, Any]:
    """Rows of two stated risks, n of each, whose shares of events are given."""
    event = np.concatenate([np.arange(n) < round(share * n) for share in observed]).astype(np.int64)
    return event, np.repeat(stated, n)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def overall_cases() -> list[GoldenCase]:
    """With two risks the regression passes through both points: slope and intercept in closed form."""
    event, risk = _two_risks((0.2, 0.8), (0.3, 0.7))
    slope = (_logit(0.7) - _logit(0.3)) / (_logit(0.8) - _logit(0.2))
    expected = (
        ("calibration_slope", "", slope),
        ("calibration_intercept", "", _logit(0.3) - slope * _logit(0.2)),
        ("calibration_in_the_large", "", 0.0),
        ("observed_expected_ratio", "", 1.0),
        ("brier_reliability", "", 0.01 - 0.21 / 99),
        ("brier_resolution", "", 0.04 - 0.21 / 99 + 0.25 / 199),
        ("brier_uncertainty", "", 0.25 + 0.25 / 199),
    )
    right, right_risk = _two_risks((0.2, 0.8), (0.2, 0.8))
    none, none_risk = _two_risks((0.2, 0.8), (0.0, 0.0))
    return [
        GoldenCase("two risks, too extreme", make_input(event, {"model": risk}), expected, tolerance=1e-7),
        GoldenCase(
            "two risks, as stated",
            make_input(right, {"model": right_risk}),
            (
                ("calibration_slope", "", 1.0),
                ("calibration_intercept", "", 0.0),
                ("ici", "", 0.0),
                ("ece", "", 0.0),
            ),
            tolerance=1e-7,
        ),
        GoldenCase(
            "no events",
            make_input(none, {"model": none_risk}),
            (("calibration_slope", "", None), ("observed_expected_ratio", "", None)),
        ),
    ]


def group_cases() -> list[GoldenCase]:
    """One group as stated, the other with half as many events again."""
    event_a, risk_a = _two_risks((0.2, 0.6), (0.2, 0.6))
    event_b, risk_b = _two_risks((0.2, 0.6), (0.3, 0.9))
    groups = {"group": (("a", "b"), np.repeat([0, 1], 200))}
    given = make_input(np.r_[event_a, event_b], {"model": np.r_[risk_a, risk_b]}, groups=groups)
    expected = (
        ("observed_expected_ratio", "a", 1.0),
        ("observed_expected_ratio", "b", 1.5),
        ("calibration_slope", "a", 1.0),
        ("calibration_in_the_large", "a", 0.0),
        ("calibration_slope", "b", (_logit(0.9) - _logit(0.3)) / (_logit(0.6) - _logit(0.2))),
    )
    return [GoldenCase("one group off", given, expected, tolerance=1e-7)]
