"""The price of a constraint held against counts by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.audit.golden_private import trained
from testamur.audit.golden_world import make_input
from testamur.contracts.check import AuditInput, GoldenCase
from testamur.contracts.constraint import Constraint, FairMethod, FairnessKept


def _given(constraint: Constraint) -> AuditInput:
    """Two groups of 100, half of each with the event.

    Before: of a, 80 are selected (40 of either outcome), of b, 30 (20 with the event, 10 without). After: of
    a 60 (35 and 25), of b 50 (30 and 20). Right before: 40 + 10 + 20 + 40; after: 35 + 25 + 30 + 30.
    """
    event = np.tile(np.repeat([1, 0], 50), 2)
    group = np.repeat([0, 1], 100)
    before = _select((40, 40, 20, 10))
    after = _select((35, 25, 30, 20))
    given = make_input(
        event, {"model": after, "unconstrained": before}, groups={"group": (("a", "b"), group)}
    )
    kept = FairnessKept(
        constraint=constraint,
        bound=0.05,
        attributes=("group",),
        method=FairMethod.IN_TRAINING,
        needs_group=False,
        reached=True,
        threshold=0.5,
        threshold_before=0.5,
        gap_before={"group": 0.5},
        gap_after={"group": 0.05},
        n_held_out=1,
    )
    summary = trained(None).training
    assert summary is not None
    return replace(given, training=summary.model_copy(update={"fairness": kept}))


def _select(counts: tuple[int, int, int, int]) -> np.ndarray:
    """0.9 for so many of each block of fifty, 0.1 for the others."""
    return np.concatenate([np.where(np.arange(50) < n, 0.9, 0.1) for n in counts])


def cases() -> list[GoldenCase]:
    """Both constraints; Brier scores are 0.01 where right and 0.81 where wrong."""
    parity = (
        ("gap_before", "", 0.5),
        ("gap_after", "", 0.1),
        ("gap_closed", "", 0.4),
        ("accuracy_price", "", (110 - 120) / 200),
        ("brier_price", "", 0.8 * (110 - 120) / 200),
    )
    odds = (
        ("gap_before", "", 0.6),  # false positives 40/50 and 10/50; true positives 40/50 and 20/50
        ("gap_after", "", 0.1),
        ("gap_closed", "", 0.5),
    )
    return [
        GoldenCase("demographic parity", _given(Constraint.DEMOGRAPHIC_PARITY), parity),
        GoldenCase("equalised odds", _given(Constraint.EQUALIZED_ODDS), odds),
    ]
