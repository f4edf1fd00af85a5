"""What is measured in every group: a name, a unit, and how its estimate is made from the group's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from testamur.audit.entity_estimates import (
    Errors,
    Estimated,
    counted_entities,
    mean_of_entities,
    share_of_entities,
)
from testamur.audit.entity_rows import n_entities
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
        errors: Where rows share entities: positions of a group's rows -> errors of the estimate by entity,
            from which the covariance of groups with common entities is made.
        behind: Of a share where rows share entities: positions of a group's rows -> entities that have the
            property, entities that lack it, most rows of one entity.
    """

    name: str
    label: str
    unit: Unit
    gap_unit: Unit
    measure: Callable[[Ints], Measured]
    size: Callable[[Ints], int]
    words: str
    errors: Callable[[Ints], Errors] | None = None
    behind: Callable[[Ints], tuple[int, int, int]] | None = None

    @property
    def gap_label(self) -> str:
        """The largest difference between two groups, as printed."""
        return f"gap of {self.label} between groups"


def mean_of(values: Any, level: float) -> Callable[[Ints], Measured]:
    """The mean of (n,) values over the rows of a group, with Student's interval; each row is its own."""

    def measure(rows: Ints) -> Measured:
        mine = values[rows]
        return lambda n_joint: mean_estimate(mine, level, n_joint)

    return measure


def share_of(holds: Any, level: float) -> Callable[[Ints], Measured]:
    """The share of a group's rows for which (n,) `holds` is true, with Wilson's interval of own rows."""

    def measure(rows: Ints) -> Measured:
        counted, n = int(holds[rows].sum()), len(rows)
        return lambda n_joint: wilson_estimate(counted, n, critical_value(level, n_joint))

    return measure


def n_rows(rows: Ints) -> int:
    """Rows of a group."""
    return len(rows)


def mean_quantity(
    name: str, label: str, unit: Unit, values: Any, level: float, entity: Ints | None = None
) -> Quantity:
    """The mean of (n,) values over the rows of each group; over entities where rows share them."""
    if entity is None:
        return Quantity(name, label, unit, unit, mean_of(values, level), n_rows, "rows")

    def found(rows: Ints) -> Estimated:
        return mean_of_entities(values[rows], entity[rows], level)

    return Quantity(
        name, label, unit, unit, lambda rows: found(rows).joint, _entities(entity), "entities",
        errors=lambda rows: found(rows).errors,
    )  # fmt: skip


def share_quantity(name: str, label: str, holds: Any, level: float, entity: Ints | None = None) -> Quantity:
    """The share of each group's rows for which (n,) `holds` is true; on effective rows of entities."""
    if entity is None:
        return Quantity(name, label, Unit.SHARE, Unit.POINTS, share_of(holds, level), n_rows, "rows")

    def found(rows: Ints) -> Estimated:
        return share_of_entities(holds[rows], entity[rows], level)

    def behind(rows: Ints) -> tuple[int, int, int]:
        counted = counted_entities(holds[rows], entity[rows])
        return int(counted.holders[0]), int(counted.lackers[0]), int(counted.widest[0])

    return Quantity(
        name, label, Unit.SHARE, Unit.POINTS, lambda rows: found(rows).joint, _entities(entity), "entities",
        errors=lambda rows: found(rows).errors, behind=behind,
    )  # fmt: skip


def _entities(entity: Ints) -> Callable[[Ints], int]:
    return lambda rows: n_entities(entity, rows)
