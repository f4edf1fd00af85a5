"""Checks of data and leakage held against counts by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.audit.given_cells import GivenCells
from testamur.audit.golden_world import make_input
from testamur.contracts.check import GoldenCase
from testamur.contracts.dataset import ColumnSpec, ProblemKind, Role
from testamur.contracts.datasheet import QUESTIONS
from testamur.contracts.job import AuditOptions, Purpose
from testamur.contracts.raw_cells import Reference


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


def duplicate_cases() -> list[GoldenCase]:
    """Forty rows of six features: two pairs of copies, and three rows that differ from another in one cell.

    Training and validation hold the same row, which counts as one more copy of 42.
    """
    x = np.random.default_rng(0).normal(size=(40, 6)).round(3)
    x[10], x[11] = x[0], x[1]
    x[20], x[21], x[22] = x[2], x[3], x[3]
    x[20, 4] += 1
    x[21, 0] += 1
    x[22, 0] += 2
    twin = np.arange(40)
    twin[10], twin[11] = 0, 1
    given = make_input(
        np.tile([0, 1], 20), {"model": np.full(40, 0.5)}, numeric=x, twin=twin, twin_with_target=twin
    )
    expected = (
        ("duplicate_share", "", 3 / 42),
        ("near_duplicate_share", "", 5 / 42),
        ("near_twin_share", "", 0.0),
    )
    few = make_input(np.tile([0, 1], 20), {"model": np.full(40, 0.5)})
    named = few.table.spec.model_copy(
        update={"columns": (*few.table.spec.columns, ColumnSpec(name="key", role=Role.IDENTIFIER))}
    )
    cells = GivenCells({"key": [float(i % 30) for i in range(42)]}, {})
    keyed = replace(few, table=replace(few.table, spec=named, cells=cells))
    return [
        GoldenCase("keys that come twice", keyed, (("repeated_id_share", "", 12 / 42),)),
        GoldenCase("copies and near copies", given, expected),
        GoldenCase("one feature", few, (("near_duplicate_share", "", None), ("near_twin_share", "", None))),
    ]


def representativeness_cases() -> list[GoldenCase]:
    """A quarter of b where half is declared; the same against 40 rows of a file (Agresti 2013, 1.5.2).

    The two rows of training and validation belong to the first group: 60 of 80 are a.
    """
    groups = {"group": (("a", "b"), np.repeat([0, 1], [58, 20]))}
    plain = make_input(np.tile([0, 1], 39), {"model": np.full(78, 0.5)}, groups=groups)
    options = AuditOptions(bootstrap=200, reference_shares={"group": {"a": 0.5, "b": 0.5}})
    declared = replace(plain, options=options)
    reference = Reference(sha256="0" * 64, n_rows=40, counts={"group": (20, 20)}, unknown={"group": 0})
    counted = replace(plain, table=replace(plain.table, reference=reference))
    expected = (
        ("total_variation", "", 0.25),
        ("share_difference", "a", 0.25),
        ("share_difference", "b", -0.25),
    )
    return [
        GoldenCase("declared shares", declared, expected),
        GoldenCase("a file of forty", counted, expected),
    ]


def datasheet_cases() -> list[GoldenCase]:
    """Seven answers follow from any table; four more from a purpose, one from the declaration's own words."""
    plain = make_input(np.tile([0, 1], 20), {"model": np.full(40, 0.5)})
    purpose = Purpose(intended="triage", excluded="dismissal", controller="a clinic", retention="a year")
    spec = plain.table.spec.model_copy(update={"datasheet": {"funding": "nobody"}})
    told = replace(plain, purpose=purpose, table=replace(plain.table, spec=spec))
    return [
        GoldenCase("nothing but a table", plain, (("stated_share", "", 7 / len(QUESTIONS)),)),
        GoldenCase("with a purpose", told, (("stated_share", "", 12 / len(QUESTIONS)),)),
    ]
