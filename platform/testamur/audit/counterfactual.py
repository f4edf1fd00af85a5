"""Counterfactuals: the fewest and smallest changes of a row after which the model says otherwise.

S. Wachter, B. Mittelstadt, C. Russell: Counterfactual explanations without opening the black box, Harvard
JOLT 31 (2018); costs as shifts in rank follow B. Ustun, A. Spangher, Y. Liu: Actionable recourse in linear
classification, FAT* 2019. The search asks the model only (no gradients): sets of features grow one by one,
the best few are kept, and what is found is made smaller and asked about once more in the numbers as printed.
A counterfactual says what the model would answer, never what would happen.
"""

from __future__ import annotations

import numpy as np

from testamur.audit.counterfactual_walk import KEPT_SETS, VALUES_OF_A_SET, Walk
from testamur.audit.made_rows import cells_of
from testamur.audit.recourse import Change, Counterfactual, Search, Wish
from testamur.audit.terrain import Terrain, survey
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import RowsPart

__all__ = ["Change", "Counterfactual", "Search", "Terrain", "Wish", "find_counterfactuals", "survey"]


def find_counterfactuals(
    predictor: Predictor,
    terrain: Terrain,
    part: RowsPart,
    position: int,
    wish: Wish,
    *,
    wanted: int = 3,
    most_changes: int = 3,
    most_rare: float = 0.95,
    n_sets: int = KEPT_SETS,
    n_of_a_set: int = VALUES_OF_A_SET,
) -> Search:
    """Search counterfactuals for one row.

    Cells that are missing in the row stay missing: to find a value out is no change of the person.

    Args:
        predictor: The model.
        terrain: From `terrain.survey`: what may change, and to what.
        part: Holds the row.
        position: Of the row in `part`.
        wish: What the output should become.
        wanted: Counterfactuals to return at most.
        most_changes: Features that may change at once.
        most_rare: Largest rarity of a result, unless the row itself is rarer.
        n_sets: Sets of features that are grown further after each step; fewer ask the model less.
        n_of_a_set: Combinations of values that are kept of each.

    Raises:
        TestamurError: The problem is neither binary nor a regression, or rows look back on a history.
    """
    row = cells_of(part).taken(np.array([position]))
    walk = Walk(predictor, terrain, row, wish, n_sets=n_sets, n_of_a_set=n_of_a_set)
    output = float(walk.ask(walk.row.values)[0])
    if wish.met(np.array([output]))[0]:
        return Search(output, (), walk.n_asked, 0, "the model says so already")
    if not any(walk.options(j).size for j in range(len(terrain.values))):
        return Search(output, (), walk.n_asked, 0, "none of the features can change")
    bound = max(most_rare, float(terrain.rarity(walk.row)[0]))
    found: list[tuple[frozenset[int], Counterfactual]] = []
    n_rare, states = 0, [walk.row.values[0]]
    for _ in range(most_changes):
        reached, states = walk.grow(states, [features for features, _ in found])
        for features, values in reached:
            result = walk.finish(features, values)
            if result is None:
                continue
            if result.rarity > bound:
                n_rare += 1
            else:
                found.append((features, result))
        if len(found) >= wanted or not states:
            break
    results = sorted((c for _, c in found), key=lambda c: (len(c.changes), c.cost))[:wanted]
    reason = "" if results else _why(walk.n_asked, n_rare, most_changes)
    return Search(output, tuple(results), walk.n_asked, n_rare, reason)


def _why(n_asked: int, n_rare: int, most_changes: int) -> str:
    if n_rare:
        return f"the {n_rare} combinations found are unlike any training row"
    return f"none of {n_asked:,} rows with at most {most_changes} changes reaches it"
