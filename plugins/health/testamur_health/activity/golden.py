"""Made windows whose recordings can be voted on by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testamur.contracts.check import AuditInput, GoldenCase
from testamur.testing.tables import make_input


def _given(minimum_group: int) -> AuditInput:
    """Two people with five recordings of two windows each; the first is right always, the other 3 of "
    "5 times.
    """
    target = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0] * 2
    first = [0.1, 0.6, 0.9, 0.4, 0.2, 0.2, 0.7, 0.7, 0.3, 0.1]
    other = [0.1, 0.2, 0.3, 0.1, 0.9, 0.8, 0.9, 0.9, 0.2, 0.3]
    event = [*first, *other]
    base = make_input(target=target, event=event, minimum_group=minimum_group)
    part = replace(
        base.table.test,
        entity=np.repeat([0, 1], 10),
        carried={"recording": np.repeat([f"{i:02d}" for i in range(10)], 2)},
    )
    return replace(base, table=replace(base.table, test=part))


def recording_cases() -> list[GoldenCase]:
    """8 of 10 recordings are right, 3 of 5 of the worse person."""
    expected = (("recordings_right", "", 0.8), ("worst_person_right", "", 0.6))
    few = (("recordings_right", "", None), ("worst_person_right", "", 0.6))
    return [
        GoldenCase("two people", _given(1), expected),
        GoldenCase("too few recordings", _given(20), few),
    ]
