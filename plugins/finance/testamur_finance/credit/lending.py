"""A binary credit model seen as a lender sees it: who is refused, by group, and at which cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.check import AuditInput
from testamur.contracts.table import Attribute, RowsPart

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Costs:
    """What errors cost: refusing one who would pay is 1, granting to one who will not is ``miss``."""

    miss: float

    def per_row(self, target: Ints, approved: Bools) -> Floats:
        """(n,) cost of each decision."""
        return np.where(approved, self.miss * (target == 1), 1.0 * (target == 0))


def implied_costs(threshold: float) -> Costs:
    """The costs under which a threshold is the right one: miss / alarm = (1 - t) / t.

    C. Elkan: The foundations of cost-sensitive learning, IJCAI 2001.
    """
    kept = min(max(threshold, 1e-6), 1 - 1e-6)
    return Costs((1 - kept) / kept)


@dataclass(frozen=True, slots=True, eq=False)
class Lending:
    """The test part as a lender sees it.

    Attributes:
        target: (n,) 1 = the event (not paid back, or denied).
        event: (n,) predicted probability of it.
        threshold: Refused at or above it.
        part: The rows.
    """

    target: Ints
    event: Floats
    threshold: float
    part: RowsPart

    @property
    def approved(self) -> Bools:
        """(n,) True where the applicant is approved."""
        return self.event < self.threshold


def lending_of(given: AuditInput, name: str = "model") -> Lending:
    """The test part and what a model says of it; the check asks for a threshold."""
    threshold = 0.5 if given.threshold is None else given.threshold
    part = given.table.test
    return Lending(
        part.target.astype(np.int64), given.predictions[name]["test"].event, float(threshold), part
    )


def group_rows(part: RowsPart, position: int, attribute: Attribute, minimum: int) -> dict[str, Ints]:
    """Rows of each level of an attribute that has at least `minimum` of them."""
    codes = part.groups[:, position]
    rows = {level: np.flatnonzero(codes == i) for i, level in enumerate(attribute.levels)}
    return {level: where for level, where in rows.items() if len(where) >= max(minimum, 1)}


def widest_gap(approved: Bools, groups: dict[str, Ints]) -> float:
    """Highest less lowest approval rate among groups; 0 with fewer than two."""
    rates = [float(approved[where].mean()) for where in groups.values()]
    return max(rates) - min(rates) if len(rates) > 1 else 0.0
