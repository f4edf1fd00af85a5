"""Further fairness measures held against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import numpy as np

from testamur.audit.golden_world import from_cells, make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.job import AuditOptions
from testamur.contracts.table import Predictions, RowsPart


def curve_cases() -> list[GoldenCase]:
    """Group a is ranked perfectly, b by a score that says nothing: the areas differ by 1/2, all on one side.

    Two groups that are ranked alike have an area of 0.
    """
    event = np.tile([0, 1], 80)
    groups = {"group": (("a", "b"), np.repeat([0, 1], 80))}
    perfect = np.where(event == 1, 0.9, 0.1)
    nothing = np.full(80, 0.5)
    one = make_input(event, {"model": np.r_[perfect[:80], nothing]}, groups=groups)
    same = make_input(event, {"model": np.r_[perfect[:80], perfect[:80]]}, groups=groups)
    return [
        GoldenCase("perfect against nothing", one, (("abroca", "a", 0.5),)),
        GoldenCase("alike", same, (("abroca", "a", 0.0),)),
    ]


def differential_cases() -> list[GoldenCase]:
    """Of 100 rows of each group 40 and 20 are selected: log(40.5/20.5) exceeds log(80.5/60.5)."""
    event, risk, groups = from_cells({"a": (40, 20, 20, 20), "b": (60, 10, 20, 10)})
    given = make_input(event, {"model": risk}, groups=groups)
    lone = make_input(event, {"model": risk}, groups={"group": (("a",), np.zeros(len(event)))})
    return [
        GoldenCase("two groups", given, (("differential_fairness", "a", log(40.5 / 20.5)),)),
        GoldenCase("one group", lone, (("differential_fairness", "", None),)),
    ]


def unknown_cases() -> list[GoldenCase]:
    """40 rows of a (20 selected), 40 of b (10), and 20 without a group of which 8 are selected."""
    event, risk, groups = from_cells({"a": (20, 20, 0, 0), "b": (30, 10, 0, 0), "c": (12, 8, 0, 0)})
    code = np.where(groups["group"][1] == 2, -1, groups["group"][1])
    given = make_input(event, {"model": risk}, groups={"group": (("a", "b"), code)})
    expected = (("selection_rate_bounds", "a", 0.5), ("demographic_parity_bounds", "", 0.25))
    return [GoldenCase("a fifth is unknown", given, expected)]


def threshold_cases() -> list[GoldenCase]:
    """Risks of b lie 0.5 below those of a: at the thresholds between, all of a are selected and none of b.

    Below 0.5 only b loses rows: at 0.1 nine tenths of b are selected against all of a, and so on.
    """
    ladder = np.tile(np.arange(10) / 20, 10)
    risk = np.r_[ladder + 0.5, ladder]
    event = np.tile([0, 1], 100)
    groups = {"group": (("a", "b"), np.repeat([0, 1], 100))}
    given = make_input(event, {"model": risk}, groups=groups)
    few = make_input(
        event[:110], {"model": risk[:110]}, groups={"group": (("a", "b"), groups["group"][1][:110])}
    )
    return [
        GoldenCase(
            "apart", given, (("largest_selection_gap", "", 1.0), ("largest_opportunity_gap", "", 1.0))
        ),
        GoldenCase("too few of one", few, (("largest_selection_gap", "", None),)),
    ]


def incompatible_cases() -> list[GoldenCase]:
    """Half of a and a quarter of b have the event; PPV and TPR are 0.6 in both: FPR must be 2/5 and 2/15."""
    event, risk, groups = from_cells({"a": (30, 20, 20, 30), "b": (65, 10, 10, 15)})
    given = make_input(event, {"model": risk}, groups=groups)
    expected = (("event_gap", "a", 0.25), ("implied_false_positive_gap", "a", 2 / 5 - 2 / 15))
    return [GoldenCase("different shares of events", given, expected)]


class _ByGroup:
    """A model that selects by one feature alone, or by none."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def predict(self, part: RowsPart) -> Predictions:
        risk = 0.3 + self.weight * part.numeric[:, 0].astype(np.float64)
        return Predictions(probabilities=np.stack([1 - risk, risk], axis=1))


def flip_cases() -> list[GoldenCase]:
    """A model that goes by the group alone flips every decision; one that ignores it flips none."""
    code = np.repeat([0, 1], 40)
    groups = {"x0": (("a", "b"), code)}
    train: dict[str, Any] = {
        "target": np.tile([0, 1], 10),
        "numeric": np.repeat([0.0, 1.0], 10)[:, None],
        "groups": [np.repeat([0, 1], 10)],
        "kind": ProblemKind.BINARY,
        "absent": None,
        "columns": {},
    }
    cases = []
    for name, weight, rate in (("goes by the group alone", 0.4, 1.0), ("ignores it", 0.0, 0.0)):
        given = make_input(
            np.tile([0, 1], 40),
            {"model": 0.3 + weight * code},
            groups=groups,
            numeric=code[:, None].astype(float),
            train=train,
            options=AuditOptions(bootstrap=200),
        )
        expected = (("flip_rate", "", rate), ("output_change", "", weight))
        cases.append(GoldenCase(name, replace(given, predictor=_ByGroup(weight)), expected, tolerance=1e-7))
    return cases
