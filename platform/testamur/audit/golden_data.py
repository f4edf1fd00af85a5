"""Checks of data and leakage held against counts by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.audit.golden_world import make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ProblemKind


def missing_cases() -> list[GoldenCase]:
    """Forty rows of each group; a fifth of the second lacks a value (the other parts add two rows)."""
    absent = np.zeros((80, 1), bool)
    absent[72:] = True
    groups = {"group": (("a", "b"), np.repeat([0, 1], 40))}
    given = make_input(np.tile([0, 1], 40), {"model": np.full(80, 0.5)}, groups=groups, absent=absent)
    return [
        GoldenCase(
            "a fifth of one group", given, (("missing_share", "", 8 / 82), ("missing_gap", "b", 8 / 40))
        )
    ]


def balance_cases() -> list[GoldenCase]:
    """Events per group; the two rows of training and validation have none and belong to the first group."""
    event = np.r_[np.arange(38) < 10, np.arange(40) < 30].astype(int)
    groups = {"group": (("a", "b", "c"), np.repeat([0, 1], [38, 40]))}
    given = make_input(event, {"model": np.full(78, 0.5)}, groups=groups)
    classes = make_input(
        np.repeat([0, 1, 2], [10, 20, 28]),
        {"model": np.full((58, 3), 1 / 3)},
        kind=ProblemKind.MULTICLASS,
        classes=("k", "l", "m"),
    )
    expected = (
        ("event_share", "", 40 / 80),
        ("event_share", "a", 10 / 40),
        ("event_share", "b", 30 / 40),
        ("event_share", "c", None),
        ("event_share_gap", "b", 0.5),
    )
    return [
        GoldenCase("two groups and an empty one", given, expected),
        GoldenCase("three classes", classes, (("class_share", "", 12 / 60),)),
    ]


def _with_train(**columns: Any) -> Any:
    """Four test rows; training holds four rows with other values of the same columns."""
    test = {name: np.array(pair[0]) for name, pair in columns.items()}
    train: dict[str, Any] = {
        "target": np.zeros(4),
        "numeric": np.zeros((4, 1)),
        "groups": [],
        "kind": ProblemKind.BINARY,
        "absent": None,
        "columns": {name: np.array(pair[1]) for name, pair in columns.items()},
    }
    return make_input(np.array([0, 1, 0, 1]), {"model": np.full(4, 0.5)}, train=train, **test)


def twin_cases() -> list[GoldenCase]:
    """Two of four test rows share their features with training, one of them the target too."""
    given = _with_train(twin=([1, 2, 3, 4], [1, 2, 8, 9]), twin_with_target=([1, 2, 3, 4], [1, 7, 8, 9]))
    return [GoldenCase("two twins", given, (("twin_share", "", 0.5), ("twin_with_target_share", "", 0.25)))]


def entity_cases() -> list[GoldenCase]:
    """Three of four test rows are of people that training knows."""
    given = _with_train(entity=([1, 1, 2, 3], [1, 2, 5, 6]))
    return [GoldenCase("known people", given, (("entity_overlap_share", "", 0.75),))]


def time_cases() -> list[GoldenCase]:
    """One of four test rows is not later than the last training row."""
    given = _with_train(time=([4.0, 5.0, 6.0, 7.0], [1.0, 2.0, 3.0, 4.0]))
    return [GoldenCase("one row too early", given, (("time_overlap_share", "", 0.25),))]


def column_cases() -> list[GoldenCase]:
    """A column that is the outcome; another that ranks it upside down three times in four."""
    event = np.tile([0, 0, 1, 1], 10)
    upside_down = -np.tile([0.1, 0.4, 0.35, 0.8], 10)
    leak = make_input(event, {"model": np.full(40, 0.5)}, numeric=event[:, None].astype(float))
    weak = make_input(event, {"model": np.full(40, 0.5)}, numeric=upside_down[:, None])
    return [
        GoldenCase("the outcome itself", leak, (("single_column_auc", "", 1.0),)),
        GoldenCase("upside down", weak, (("single_column_auc", "", 0.75),)),
    ]
