"""How rows were divided, as the report says it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from testamur.contracts.dataset import ProblemKind, SplitKind, SplitRule
from testamur.report.cards import describe_split


def table(kind: ProblemKind, rule: SplitRule):
    return SimpleNamespace(
        spec=SimpleNamespace(split=rule), problem=SimpleNamespace(kind=kind), classes=("0", "1")
    )


@pytest.mark.parametrize(
    ("kind", "split", "words"),
    [
        (ProblemKind.FORECAST, SplitKind.ROLLING, "by time: the latest origins"),
        (ProblemKind.FORECAST, SplitKind.RANDOM, "by time: the latest origins"),
        (ProblemKind.BINARY, SplitKind.RANDOM, "random, stratified by target, seed 7"),
        (ProblemKind.BINARY, SplitKind.TIME, "by time: the latest rows"),
        (ProblemKind.BINARY, SplitKind.ENTITY, "by entity"),
        (ProblemKind.RANKING, SplitKind.LEAVE_LAST, "the last choice of each"),
    ],
)
def test_each_division_has_its_words(kind, split, words):
    assert describe_split(table(kind, SplitRule(kind=split)), seed=7).startswith(words)
