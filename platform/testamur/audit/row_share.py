"""A share of test rows with its interval, and whether a handful of rows or of entities stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from testamur.audit.disclosure import small
from testamur.audit.entity_estimates import counted_entities, share_of_entities
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, wilson_estimate
from testamur.audit.rounding import step_of_share

Ends = Callable[[int, int, float], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class RowShare:
    """A share of rows.

    Attributes:
        estimate: With its interval; over entities where rows share them.
        few: A count behind it is to be withheld.
        n_entities: Of the denominator, where rows share them and they may be printed beside its rows.
        find_step: The step, when asked for: it tries as many counts as there are rows.
    """

    estimate: Estimate
    few: bool
    n_entities: int | None
    find_step: Callable[[], float]

    @property
    def step(self) -> float:
        """Step to which it is rounded where a count behind it is withheld."""
        return self.find_step()


def row_share(
    held: NDArray[np.bool_], entity: Ints | None, *, level: float, minimum: int, n_joint: int = 1,
    ends: Ends | None = None,
) -> RowShare:  # fmt: skip
    """The share of rows that hold.

    Args:
        held: (n,) which rows have the property, n above 0.
        entity: (n,) entities, where rows share them.
        level: Joint level.
        minimum: The policy's `minimum_cell`.
        n_joint: Intervals that hold jointly.
        ends: Interval of own rows; None: Wilson's, corrected for continuity.
    """
    count, n, z = int(held.sum()), len(held), critical_value(level, n_joint)
    few = small(count, minimum) or small(n - count, minimum)
    if entity is None:
        return counted_share(count, n, level=level, minimum=minimum, n_joint=n_joint, ends=ends)
    behind = counted_entities(held, entity)
    few = few or small(int(behind.holders[0]), minimum) or small(int(behind.lackers[0]), minimum)
    worth, most, people = float(behind.worth[0]), int(behind.widest[0]), int(behind.entities[0])
    step = partial(step_of_share, count, n, z, worth=worth, unit=most)
    estimate = share_of_entities(held, entity, level).joint(n_joint)
    return RowShare(estimate, few, None if few or small(n - people, minimum) else people, step)


def counted_share(
    count: int, n: int, *, level: float, minimum: int, n_joint: int = 1, ends: Ends | None = None
) -> RowShare:
    """The same of counts, where each row is its own; arguments as in `row_share`."""
    z, few = critical_value(level, n_joint), small(count, minimum) or small(n - count, minimum)
    estimate = wilson_estimate(count, n, z)
    if ends is not None:
        low, high = ends(count, n, z)
        estimate = Estimate(count / n, float(low), float(high), "Wilson score interval", n)
    return RowShare(estimate, few, None, partial(step_of_share, count, n, z))
