"""Answers of made learners for the golden cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.table import Attribute, Feature, RowsPart
from testamur.testing.tables import make_input

Learner = tuple[str, Sequence[int]]  # group, answers in the order of the items


def make_answers(learners: Sequence[Learner], *, minimum_group: int = 1) -> AuditInput:
    """An input whose three parts hold the same learners and answers."""
    n_items = len(learners[0][1])
    target = [int(answer) for _, answers in learners for answer in answers]
    given = make_input(target, [0.5] * len(target), minimum_group=minimum_group)
    part = _as_answers(given.table.train, learners, n_items)
    levels = [f"item {j + 1}" for j in range(n_items)]
    table = replace(
        given.table,
        features=(Feature("item", "item", "categorical", n_items + 1),),
        attributes=(Attribute("group", "group", ("a", "b")),),
        columns=("item", "group"),
        train=part,
        validation=part,
        test=part,
        encoder={"features": [{"name": "item", "kind": "categorical", "levels": levels}]},
        entities=tuple(f"learner {i + 1}" for i in range(len(learners))),
    )
    return replace(given, table=table)


def _as_answers(part: RowsPart, learners: Sequence[Learner], n_items: int) -> RowsPart:
    n = len(learners) * n_items
    learner = np.repeat(np.arange(len(learners)), n_items)
    group = np.array(["ab".index(name) for name, _ in learners], dtype=np.int16)
    return replace(
        part,
        numeric=np.zeros((n, 0), np.float32),
        missing=np.zeros((n, 0), np.bool_),
        categorical=np.tile(np.arange(1, n_items + 1), len(learners))[:, None].astype(np.int64),
        groups=group[learner][:, None],
        absent=np.zeros((n, 2), np.bool_),
        entity=learner.astype(np.int64),
        time=np.tile(np.arange(n_items, dtype=np.float64), len(learners)),
    )


def coins(n_times: int) -> list[Learner]:
    """Every pattern of answers to four items equally often: items that have nothing in common."""
    return [("a", pattern) for pattern in product((0, 1), repeat=4) for _ in range(n_times)]


def mastery_cases() -> list[GoldenCase]:
    """Items that have nothing in common separate nobody; of ten learners nothing is said."""
    few = make_answers(coins(1)[:10])
    return [
        GoldenCase("coins", make_answers(coins(40)), (("weak_item_share", "", 1.0),)),
        GoldenCase("too few", few, (("score_interval_coverage", "", None),)),
    ]


def path_cases() -> list[GoldenCase]:
    """Half of all coins come up right, as expected of an average item; of ten learners nothing is said."""
    few = make_answers(coins(1)[:10])
    return [
        GoldenCase("coins", make_answers(coins(10)), (("difficulty_gap", "", 0.0),), tolerance=0.02),
        GoldenCase("too few", few, (("difficulty_gap", "", None),)),
    ]


def dif_cases() -> list[GoldenCase]:
    """Odds of 16 in every stratum: delta is -2.35 log 16 for item 1, its opposite for item 2."""
    learners: list[Learner] = []
    for group, n_right in (("a", 20), ("b", 5)):
        for third, fourth in product((0, 1), repeat=2):
            learners += [(group, (1, 0, third, fourth))] * n_right
            learners += [(group, (0, 1, third, fourth))] * (25 - n_right)
    delta = -2.35 * float(np.log(16.0))
    return [
        GoldenCase(
            "odds of 16",
            make_answers(learners),
            (("delta", "b", delta), ("delta", "b", -delta), ("large_dif_items", "b", 2.0)),
        ),
        GoldenCase("too few", make_answers(learners[:60:6]), (("large_dif_items", "b", None),)),
    ]
