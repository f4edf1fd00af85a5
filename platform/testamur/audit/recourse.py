"""What a search for counterfactuals is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats


@dataclass(frozen=True, slots=True)
class Wish:
    """What the model's output (event probability, or value) should become."""

    side: Literal["below", "at least"]
    value: float

    def met(self, outputs: Floats) -> NDArray[np.bool_]:
        """(n,) whether outputs are on the wished side."""
        met: NDArray[np.bool_] = outputs < self.value if self.side == "below" else outputs >= self.value
        return met

    def lack(self, outputs: Floats) -> Floats:
        """(n,) how far outputs are from the wished side; negative beyond it."""
        return outputs - self.value if self.side == "below" else self.value - outputs


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs; values are those of the source, and in words."""

    feature: str
    label: str
    before: float | str
    after: float | str
    before_words: str
    after_words: str


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A row as it might be, and what the model says of it.

    Attributes:
        changes: What differs, the largest change first.
        output: The model's answer to the row with the values as printed.
        cost: Sum over changes: difference in rank among training rows (0 to 1) of a number, 1 of a category.
        rarity: Share of training rows that have a nearer neighbour among training rows than this row has.
    """

    changes: tuple[Change, ...]
    output: float
    cost: float
    rarity: float


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found for one row.

    Attributes:
        output: What the model says of the row as it is.
        found: Counterfactuals, fewest changes first, then by cost; no set of features holds another.
        n_asked: Made rows that the model was asked about.
        n_rare: Combinations that reach the wish and were left out as too unlike any training row.
        reason: Why nothing was found, or empty.
    """

    output: float
    found: tuple[Counterfactual, ...]
    n_asked: int
    n_rare: int
    reason: str = ""
