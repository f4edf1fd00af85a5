"""Who is reached by a few talks: a handful of a group is rounded, as its count is withheld."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from testamur.audit.rounding import published
from testamur.testing.tables import make_input
from testamur_education.checks.early_warning import run

N = 200


def reached_of(n_reached: int, minimum_cell: int):
    """Of 25 women at risk so many are among the forty talked to; of 40 men at risk twenty are."""
    group = np.array(["f"] * 100 + ["m"] * 100)
    target = np.r_[np.ones(25), np.zeros(75), np.ones(40), np.zeros(60)].astype(int)
    score = np.linspace(0.4, 0.1, N)
    score[:n_reached] = 0.9
    score[n_reached:25] = 0.05
    score[100:120] = 0.8
    score[120:140] = 0.05
    given = make_input(target.tolist(), score.tolist(), {"sex": group.tolist()}, minimum_group=20)
    given = replace(given, policy=given.policy.model_copy(update={"minimum_cell": minimum_cell}))
    found = [f for f in run(given).findings if f.measure == "group_reached_share"]
    return {f.group.levels["sex"]: f for f in found}


def test_a_handful_reached_is_published_rounded_and_so_are_the_others():
    few = reached_of(2, 5)
    assert few["f"].value == pytest.approx(2 / 25)
    assert few["f"].step > 0
    assert few["m"].step > 0  # two of twenty-two would follow from twenty
    told = [published(reached_of(n, 5)["f"]) for n in (1, 2, 3, 4)]
    seen = [(f.value, f.low, f.high, f.n) for f in told]
    assert all(seen.count(figures) > 1 for figures in seen)
    assert published(reached_of(2, 1)["f"]).value == pytest.approx(2 / 25)
    assert {f.step for f in reached_of(12, 5).values()} == {0.0}


def rows_of(levels: list[str]):
    target, score = np.arange(N) % 2, np.linspace(0.1, 0.9, N)
    given = make_input(target.tolist(), score.tolist(), {"school": levels}, minimum_group=20)
    given = replace(given, policy=given.policy.model_copy(update={"minimum_cell": 5}))
    tree = json.loads(run(given).evidence[0].content)
    return {row["level"]: row["n"] for row in tree["groups"]}


def test_a_group_that_is_left_out_does_not_follow_from_the_others():
    assert rows_of(["a"] * 100 + ["b"] * 60 + ["c"] * 40) == {"a": 100, "b": 60, "c": 40}
    assert rows_of(["a"] * 100 + ["b"] * 88 + ["c"] * 12) == {"a": 100, "b": None, "c": None}
    assert rows_of(["a"] * 188 + ["b"] * 12) == {"a": None, "b": None}
    assert rows_of(["a"] * 180 + ["b"] * 10 + ["c"] * 10) == {"a": 180, "b": None, "c": None}
