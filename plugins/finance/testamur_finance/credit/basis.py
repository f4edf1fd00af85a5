"""How a scorecard sees a row: straight lines with bends for numbers, one point per level for categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import Feature, RowsPart

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KNOTS = (-0.6745, 0.0, 0.6745)  # quartiles of a normal score: where the lines may bend
WIDTH = 1 + len(KNOTS)  # columns per number


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """What the columns of a design matrix stand for.

    Attributes:
        n_numeric: Numeric features.
        flags: Numeric features that have a column of their own for missing values.
        cardinalities: Codes per categorical feature.
        owner: (n_columns,) feature that each column belongs to.
    """

    n_numeric: int
    flags: tuple[int, ...]
    cardinalities: tuple[int, ...]
    owner: Ints

    @property
    def n_columns(self) -> int:
        """Columns of the design matrix."""
        return int(self.owner.size)


def plan_basis(features: tuple[Feature, ...], train: RowsPart) -> Basis:
    """The basis for a table's features; a flag column where training rows lack the number."""
    numeric = [i for i, feature in enumerate(features) if feature.kind == "numeric"]
    codes = tuple(f.cardinality for f in features if f.kind == "categorical")
    flags = tuple(int(i) for i in np.flatnonzero(train.missing.any(axis=0)))
    owner = [i for i in numeric for _ in range(WIDTH)]
    owner += [i for i in flags for _ in range(WIDTH)]
    owner += [len(numeric) + j for j, n in enumerate(codes) for _ in range(n)]
    return Basis(len(numeric), flags, codes, np.asarray(owner, dtype=np.int64))


def design(basis: Basis, part: RowsPart) -> Floats:
    """(n, n_columns) the rows of a part in the basis."""
    flags = part.missing[:, list(basis.flags)].astype(np.float64)  # (n, n_flags)
    numbers = np.concatenate([part.numeric.astype(np.float64), flags], axis=1)  # (n, n_numeric_in)
    blocks = [bend(numbers)]
    for j, n_codes in enumerate(basis.cardinalities):
        blocks.append(np.eye(n_codes)[part.categorical[:, j]])  # (n, n_codes)
    return np.concatenate(blocks, axis=1)


def bend(numbers: Floats) -> Floats:
    """(n, p) numbers to (n, p * WIDTH): the number, and how far it lies beyond each knot."""
    knots = np.asarray(KNOTS)
    beyond = np.maximum(numbers[:, :, None] - knots, 0.0)  # (n, p, n_knots)
    return np.concatenate([numbers[:, :, None], beyond], axis=2).reshape(len(numbers), -1)
