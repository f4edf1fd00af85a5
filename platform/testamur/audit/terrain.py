"""What can be changed in a row, to which values, and how usual a combination of values is.

Everything here is read off the training rows once; a search for counterfactuals walks on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from testamur.audit.interval import Floats
from testamur.audit.made_rows import Cells, cells_of
from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.table import RowsTable

Way = Literal["up", "down"]
OUTER = 0.05  # share of training values at each end that nobody is told to reach
FEWEST_ROWS = 10  # of training with a category before it is proposed
MOST_NEIGHBOURS = 2000  # training rows that a combination is held against
MOST_USUAL = 500  # training rows whose own nearest neighbour says what is usual


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """The ground on which counterfactuals are searched.

    Attributes:
        table: The table it was read from.
        values: (k,) ascending encoded values that may be proposed, per feature; empty where it stays.
        sorted: (n_known,) ascending encoded training values of each numeric feature.
        ways: Feature position -> the only direction in which it may change.
        neighbours: (m, n_features) ranks (numbers) and codes of training rows.
        usual: Ascending Gower distances from training rows to their nearest other training row.
    """

    table: RowsTable
    values: tuple[Floats, ...]
    sorted: tuple[Floats, ...]
    ways: Mapping[int, Way]
    neighbours: Floats
    usual: Floats

    @property
    def n_numeric(self) -> int:
        """Numeric features, which come first."""
        return self.table.n_numeric

    def rank(self, feature: int, values: Floats) -> Floats:
        """Share of training values below, ties counted half; the same array for a categorical feature."""
        if feature >= self.n_numeric or not self.sorted[feature].size:
            return values
        known = self.sorted[feature]
        below, upto = np.searchsorted(known, values, "left"), np.searchsorted(known, values, "right")
        return np.asarray((below + upto) / (2 * known.size), dtype=np.float64)

    def ranks(self, cells: Cells) -> Floats:
        """(n, n_features) ranks of numbers, codes of categories; NaN where a number is missing."""
        columns = [self.rank(j, cells.values[:, j]) for j in range(cells.values.shape[1])]
        ranks = np.stack(columns, axis=1) if columns else np.zeros(cells.values.shape)
        return np.where(cells.missing, np.nan, ranks)

    def rarity(self, cells: Cells) -> Floats:
        """(n,) share of training rows that have a nearer neighbour than these made rows have.

        0: as close to a training row as any; 1: farther from all than any training row is from the others.
        """
        nearest = np.array([_distances(self, own, self.neighbours).min() for own in self.ranks(cells)])
        return np.asarray(np.searchsorted(self.usual, nearest, "left") / max(self.usual.size, 1))


def survey(
    table: RowsTable,
    *,
    fixed: Sequence[str] = (),
    ways: Mapping[str, Way] | None = None,
    n_values: int = 10,
    seed: int = 0,
) -> Terrain:
    """Read the terrain off the training rows.

    Columns declared ``immutable`` never change. Numbers are proposed among training values between the
    5th and the 95th percentile, categories among those that ten training rows have.

    Args:
        table: The table.
        fixed: Further features that stay as they are.
        ways: Features that may only rise or only fall, such as years of schooling.
        n_values: Values proposed per number.
        seed: Of the training rows that are drawn where there are many.

    Raises:
        ConfigurationError: `fixed` or `ways` name something that is no feature.
    """
    names = [feature.name for feature in table.features]
    ways = ways or {}
    faults = [
        Problem(where, f"a feature is required, however: '{name}'")
        for where, given in (("fixed", fixed), ("ways", ways))
        for name in given
        if name not in names
    ]
    if faults:
        raise ConfigurationError("Counterfactuals cannot be searched", faults)
    cells = cells_of(table.train)
    stays = {name for name in names if table.spec.column(name).immutable} | set(fixed)
    values, ordered = [], []
    for j, name in enumerate(names):
        known = np.sort(cells.values[~cells.missing[:, j], j])
        ordered.append(known)
        proposed = _numbers(known, n_values) if j < cells.n_numeric else _codes(known)
        values.append(np.zeros(0) if name in stays else proposed)
    rng = np.random.default_rng(seed)
    bare = Terrain(
        table=table,
        values=tuple(values),
        sorted=tuple(ordered),
        ways={names.index(name): way for name, way in ways.items()},
        neighbours=np.zeros((0, len(names))),
        usual=np.zeros(0),
    )
    drawn = rng.permutation(table.train.n_rows)[:MOST_NEIGHBOURS]
    ranks = bare.ranks(cells.taken(np.sort(drawn)))
    return Terrain(table, bare.values, bare.sorted, bare.ways, ranks, _usual(bare, ranks))


def _numbers(known: Floats, n_values: int) -> Floats:
    if not known.size:
        return known
    shares = np.linspace(OUTER, 1 - OUTER, n_values)
    return np.asarray(np.unique(np.quantile(known, shares, method="nearest")), dtype=np.float64)


def _codes(known: Floats) -> Floats:
    codes, counts = np.unique(known, return_counts=True)
    return np.asarray(codes[(counts >= FEWEST_ROWS) & (codes > 0)], dtype=np.float64)


def _usual(terrain: Terrain, ranks: Floats) -> Floats:
    found = []
    for i in range(min(len(ranks), MOST_USUAL)):
        distances = _distances(terrain, ranks[i], ranks)
        distances[i] = np.inf
        found.append(distances.min())
    return np.sort(np.array(found))


def _distances(terrain: Terrain, own: Floats, others: Floats) -> Floats:
    """(m,) Gower distances (J. C. Gower, Biometrics 27, 1971): mean over features of the difference in rank,
    or of 0 (same) and 1 (other) for categories and for cells that only one of the rows has.
    """
    apart = np.abs(others - own)
    k = terrain.n_numeric
    apart[:, k:] = others[:, k:] != own[k:]
    one, both = np.isnan(others) ^ np.isnan(own), np.isnan(others) & np.isnan(own)
    apart[one], apart[both] = 1.0, 0.0
    return np.asarray(apart.mean(axis=1), dtype=np.float64)
