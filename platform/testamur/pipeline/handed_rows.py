"""Altered rows for a model from elsewhere: cells exchanged, moved, missing or misspelt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.raw_cells import RawChanges
from testamur.contracts.table import Predictions

if TYPE_CHECKING:
    from testamur.pipeline.handed_model import Ask

MISSPELT = " (misspelt)"  # behind a text: a level that no row has


@dataclass(frozen=True, slots=True, eq=False)
class HandedRows:
    """Implements `contracts.raw_cells.RawPredictor`.

    Attributes:
        frame: (n, n_features) the examined rows as read, in the order of the test part.
        ask: Gives predictions for rows as read.
        kind: Kind of problem.
        classes: Labels of the target, the event last.
    """

    frame: pl.DataFrame
    ask: Ask
    kind: ProblemKind
    classes: Sequence[str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the model is given."""
        return tuple(self.frame.columns)

    def predict(self, rows: NDArray[np.int64], changes: RawChanges) -> Predictions:
        """Answers for these rows with changed cells; see the protocol."""
        return self.ask(self.altered(rows, changes), self.kind, self.classes)

    def altered(self, rows: NDArray[np.int64], changes: RawChanges) -> pl.DataFrame:
        """The rows as the model is shown them; columns keep their names and types."""
        made = []
        for column in self.frame.get_columns():
            name = column.name
            cells = column.gather(changes.exchanged.get(name, rows))
            if name in changes.moved:
                cells = _moved(cells, changes.moved[name])
            if name in changes.misspelt:
                wrong = pl.Series(changes.misspelt[name])
                cells = (cells + MISSPELT).zip_with(wrong, cells).alias(name)
            if name in changes.lost:
                nothing = pl.Series(name, [None], dtype=cells.dtype).extend_constant(None, cells.len() - 1)
                cells = nothing.zip_with(pl.Series(changes.lost[name]), cells)
            made.append(cells.alias(name))
        return pl.DataFrame(made)


def _moved(cells: pl.Series, steps: NDArray[np.float64]) -> pl.Series:
    """Numbers with steps added; where all known ones are whole, the sums are rounded."""
    known = cells.drop_nulls().cast(pl.Float64)
    added = cells.cast(pl.Float64) + pl.Series(steps)
    if known.len() and bool((known == known.round(0)).all()):
        added = added.round(0)
    return added.cast(cells.dtype) if cells.dtype.is_integer() else added
