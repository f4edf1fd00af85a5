"""What is measured in every group: a name, a unit, and how its estimate is made from the group's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from testamur.audit.interval import Estimate, Ints, critical_value, mean_estimate, wilson_estimate
from testamur.contracts.finding import Unit

Measured = Callable[[int], Estimate]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is measured in every group.

    Attributes:
        name: Slug.
        label: As printed.
        unit: Of the value.
        gap_unit: Of the difference.
        measure: Positions of a group's rows in rising order -> (comparisons that hold jointly -> estimate):
            what is slow about the rows is done once, for the group's own interval and for those of pairs.
        size: Of these rows, those that must reach the policy's minimum.
        words: What `size` counts.
    """

    name: str
    label: str
    unit: Unit
    gap_unit: Unit
    measure: Callable[[Ints], Measured]
    size: Callable[[Ints], int]
    words: str

    @property
    def gap_label(self) -> str:
        """The largest difference between two groups, as printed."""
        return f"gap of {self.label} between groups"


def mean_of(values: Any, level: float) -> Callable[[Ints], Measured]:
    """The mean of (n,) values over the rows of a group, with Student's interval."""

    def measure(rows: Ints) -> Measured:
        mine = values[rows]
        return lambda n_joint: mean_estimate(mine, level, n_joint)

    return measure


def share_of(holds: Any, level: float) -> Callable[[Ints], Measured]:
    """The share of a group's rows for which (n,) `holds` is true, with Wilson's interval."""

    def measure(rows: Ints) -> Measured:
        counted, n = int(holds[rows].sum()), len(rows)
        return lambda n_joint: wilson_estimate(counted, n, critical_value(level, n_joint))

    return measure


def n_rows(rows: Ints) -> int:
    """Rows of a group."""
    return len(rows)
