"""Rows that are made to ask a predictor about, from the encoded values of their features alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.audit.interval import Floats
from testamur.contracts.errors import TestamurError
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Encoded cells of n rows; a number's missing flag goes with it.

    Attributes:
        values: (n, n_features) encoded numbers first, then categorical codes; float64.
        missing: (n, n_features) True where a number was missing; False for categorical features.
        n_numeric: How many of the features are numbers.
    """

    values: Floats
    missing: NDArray[np.bool_]
    n_numeric: int

    def taken(self, positions: NDArray[np.int64]) -> Cells:
        """The rows at these positions; a position may come more than once."""
        return Cells(self.values[positions], self.missing[positions], self.n_numeric)


def cells_of(part: RowsPart) -> Cells:
    """The encoded cells of a part.

    Raises:
        TestamurError: The rows look back on a history: a cell alone does not say what the model sees.
    """
    if part.history is not None:
        raise TestamurError(
            "single cells can be exchanged in plain rows only, however: these rows look back on a history",
            remedy="explain windows and sequences by their own means",
        )
    values = np.concatenate([part.numeric.astype(np.float64), part.categorical.astype(np.float64)], axis=1)
    missing = np.concatenate([part.missing, np.zeros(part.categorical.shape, dtype=bool)], axis=1)
    return Cells(values, missing, part.numeric.shape[1])


def make_part(cells: Cells) -> RowsPart:
    """Rows with these cells; target, groups and origin are unknown."""
    n, k = cells.values.shape[0], cells.n_numeric
    rows = np.arange(n, dtype=np.int64)
    return RowsPart(
        row=rows,
        numeric=np.ascontiguousarray(cells.values[:, :k], dtype=np.float32),
        missing=np.ascontiguousarray(cells.missing[:, :k]),
        categorical=np.ascontiguousarray(cells.values[:, k:], dtype=np.int64),
        target=np.full(n, -1, dtype=np.int64),
        groups=np.full((n, 0), -1, dtype=np.int16),
        absent=np.zeros((n, 0), dtype=np.bool_),
        twin=rows,
        twin_with_target=rows,
    )


def output_of(predictions: Predictions) -> Floats:
    """(n,) what a model says in one number: the event probability (binary), or the value (regression).

    Raises:
        TestamurError: The predictions are of another kind.
    """
    if predictions.values is not None:
        return np.asarray(predictions.values, dtype=np.float64)
    if predictions.probabilities is not None and predictions.probabilities.shape[1] == 2:
        return np.asarray(predictions.event, dtype=np.float64)
    raise TestamurError(
        "a binary or a regression problem is required to explain single rows, however: the predictions "
        "are of another kind"
    )


def ask(predictor: Predictor, cells: Cells) -> Floats:
    """(n,) the model's output for made rows; `output_of` says which."""
    if not cells.values.shape[0]:
        return np.zeros(0)
    return output_of(predictor.predict(make_part(cells)))
