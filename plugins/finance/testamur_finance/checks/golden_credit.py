"""Cases with known answers for the checks of credit decisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.table import Predictions, RowsPart
from testamur.testing.tables import make_input


class Step:
    """Says 0.9 of every row whose one number is at least `at`, else 0.1."""

    def __init__(self, at: float) -> None:
        self.at = at

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`."""
        event = np.where(part.numeric[:, 0] >= self.at, 0.9, 0.1)
        return Predictions(probabilities=np.column_stack([1 - event, event]))


def approval_cases() -> list[GoldenCase]:
    """Three of four of one group and one of four of the other are approved; the exact test by hand."""
    groups = {"sex": ["f"] * 4 + ["m"] * 4}
    given = make_input([0] * 8, [0.1, 0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.9], groups)
    few = make_input([0] * 8, [0.1] * 8, groups, minimum_group=5)
    return [
        GoldenCase(
            "three and one of four",
            given,
            (("approval_rate", "f", 0.75), ("approval_rate", "m", 0.25), ("approval_ratio", "m", 1 / 3)),
        ),
        GoldenCase("too few", few, (("approval_ratio", "", None), ("approval_rate", "f", None))),
    ]


def cost_cases() -> list[GoldenCase]:
    """One good refused and one bad approved of four; at 1/6 the bad one costs five."""
    even = make_input([0, 0, 1, 1], [0.1, 0.9, 0.9, 0.1])
    steep = make_input([0, 0, 1, 1], [0.1, 0.9, 0.9, 0.1], threshold=1 / 6)
    return [
        GoldenCase(
            "equal costs",
            even,
            (("cost_per_decision", "", 0.5), ("saving_over_granting_all", "", 0.0)),
        ),
        GoldenCase(
            "one to five",
            steep,
            (("cost_per_decision", "", 1.5), ("saving_over_granting_all", "", 1.0)),
        ),
    ]


def reasons_cases() -> list[GoldenCase]:
    """Two of four are refused; a recipe that cannot be repeated gives no stability."""
    given = _with_predictor([0, 0, 1, 1], 2)
    nobody = _with_predictor([0, 0, 1, 1], 9)
    return [
        GoldenCase("two of four", given, (("refused", "", 2.0), ("reason_overlap", "", None))),
        GoldenCase("nobody", nobody, (("refused", "", None),)),
    ]


def recourse_cases() -> list[GoldenCase]:
    """A number that may change is enough for everyone; a single number that may not is for nobody."""
    given = _with_predictor([0, 1] * 10, 10)
    return [
        GoldenCase("one number decides", given, (("recourse_share", "", 1.0),)),
        GoldenCase("nobody is refused", _with_predictor([0, 1] * 10, 99), (("recourse_share", "", None),)),
    ]


def alternatives_cases() -> list[GoldenCase]:
    """Ten recipes at two thresholds are tried where there is one feature."""
    target = ([0] * 5 + [1] * 5) * 4
    groups = {"sex": ["f", "m"] * 20}
    given = make_input(target, [0.9 if t else 0.1 for t in target], groups)
    alone = make_input(target, [0.5] * 40, {"sex": ["f"] * 40})
    return [
        GoldenCase("one feature", given, (("candidates", "", 20.0),)),
        GoldenCase("one group", alone, (("approval_gap_change", "", None),)),
    ]


def _with_predictor(target: list[int], at: float) -> AuditInput:
    event = [0.9 if i >= at else 0.1 for i in range(len(target))]
    return replace(make_input(target, event), predictor=Step(at))
