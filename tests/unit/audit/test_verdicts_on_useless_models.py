"""A model of no use must not meet a limit that asks for use."""

from __future__ import annotations

import numpy as np
import pytest

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.conclude import conclude
from testamur.audit.core_policy import CORE_DEFAULT
from testamur.audit.golden_world import make_input
from testamur.audit.run import run_audit
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.policy import Direction, VerdictStatus

N = 240
RNG = np.random.default_rng(4)
BINARY = RNG.integers(0, 2, N)
CLASSES = np.arange(N) % 3
VALUES = RNG.normal(size=N)


def audited(given, checks, **more):
    return conclude(given, run_audit(given, checks, **more))


def _constant(kind):
    if kind is ProblemKind.BINARY:
        flat = np.full(N, 0.4)
        return make_input(BINARY, {"model": flat, "naive": flat.copy(), "boosting": flat.copy()})
    if kind is ProblemKind.MULTICLASS:
        flat = np.full((N, 3), 1 / 3)
        return make_input(CLASSES, {"model": flat, "naive": flat.copy()}, kind=kind, classes=("a", "b", "c"))
    flat = np.full(N, 0.1)
    return make_input(VALUES, {"model": flat, "naive": flat.copy()}, kind=kind)


def _verdict(given, limit):
    return next(v for v in audited(given, ALL_CHECKS).verdicts if v.limit.id == limit)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (ProblemKind.BINARY, "better_than_naive"),
        (ProblemKind.MULTICLASS, "classes_beat_naive"),
        (ProblemKind.REGRESSION, "errors_beat_naive"),
    ],
)
def test_a_constant_model_is_not_better_than_knowing_nothing(kind, limit):
    given = _constant(kind)
    verdict = _verdict(given, limit)
    assert verdict.status is VerdictStatus.BREACHED
    assert "not above 0" in verdict.reason
    assert not audited(given, ALL_CHECKS).cleared


def test_whatever_promises_to_be_better_is_strict():
    promises = [limit for limit in CORE_DEFAULT.limits if limit.value == 0.0 and limit.direction.upwards]
    assert promises
    assert {limit.direction for limit in promises} == {Direction.ABOVE}
