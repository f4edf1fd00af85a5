"""A made class for the golden cases of the early warning."""

from __future__ import annotations

from testamur.contracts.check import GoldenCase
from testamur.testing.tables import make_input


def warning_cases() -> list[GoldenCase]:
    """Two of ten are talked to, one of them at risk, of four who are; of one at risk nothing is said."""
    target = [1, 0, 1, 1, 1, 0, 0, 0, 0, 0]
    event = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
    groups = {"sex": ["f", "f", "m", "m", "f", "f", "m", "m", "f", "m"]}
    whole = make_input(target, event, groups)
    few = make_input([1, 0, 0, 0], [0.9, 0.2, 0.1, 0.1])
    return [
        GoldenCase(
            "ten students",
            whole,
            (
                ("expected_at_risk", "", sum(event)),
                ("reached_share", "", 1 / 4),
                ("rightly_talked_share", "", 1 / 2),
                ("group_reached_share", "f", 1 / 2),
                ("group_reached_share", "m", 0.0),
            ),
        ),
        GoldenCase("one at risk", few, (("reached_share", "", None),)),
    ]
