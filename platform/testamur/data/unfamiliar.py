"""What new rows hold that training did not show: levels, numbers beyond its range, empty columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from testamur.contracts.dataset import ColumnKind
from testamur.data.column_types import as_text, type_column
from testamur.data.encode import as_numbers
from testamur.data.wording import column, counted


@dataclass(frozen=True, slots=True)
class Unfamiliar:
    """One column whose cells the model has not learnt from.

    Attributes:
        column: Its name.
        kind: ``level``, ``range`` or ``empty``.
        n: Cells concerned.
        n_known: Cells that are not missing; for ``empty`` all rows.
        words: The same in a sentence; no cell is quoted.
    """

    column: str
    kind: str
    n: int
    n_known: int
    words: str


def find_unfamiliar(encoder: Mapping[str, Any], frame: pl.DataFrame) -> tuple[Unfamiliar, ...]:
    """Every feature of which new rows hold what training did not show.

    The range of training is that of the encoder's knots, each the mean of at least five rows.

    Args:
        encoder: ``encoder.json`` of the dossier.
        frame: New rows under the names of training.
    """
    found = []
    for feature in encoder["features"]:
        if feature["name"] not in frame.columns:
            continue
        series = type_column(frame.get_column(feature["name"]), ColumnKind(feature["source"])).series
        n_known = series.len() - series.null_count()
        if n_known == 0:
            words = f"{column(feature['name'])} is empty in all {counted(series.len(), 'row')}"
            found.append(Unfamiliar(feature["name"], "empty", series.len(), series.len(), words))
        elif feature["kind"] == "categorical":
            found += _levels(feature, series, n_known)
        elif len(feature["knots"]) > 1:
            found += _range(feature, series, n_known)
    return tuple(found)


def _levels(feature: Mapping[str, Any], series: pl.Series, n_known: int) -> list[Unfamiliar]:
    known = as_text(series).drop_nulls()
    n = int((~known.is_in(list(feature["levels"]))).sum())
    if not n:
        return []
    words = (
        f"{column(feature['name'])}: {n:,} of {counted(n_known, 'cell')} with a level that training showed "
        "never or in fewer than three rows; the model takes them for missing"
    )
    return [Unfamiliar(feature["name"], "level", n, n_known, words)]


def _range(feature: Mapping[str, Any], series: pl.Series, n_known: int) -> list[Unfamiliar]:
    numbers = as_numbers(series)
    low, high = feature["knots"][0], feature["knots"][-1]
    n = int(np.count_nonzero((numbers < low) | (numbers > high)))
    expected = 0.01 * n_known  # the ends are means of five rows: a few always lie beyond them
    if n <= expected:
        return []
    words = (
        f"{column(feature['name'])}: {n:,} of {counted(n_known, 'number')} outside {low:g} to {high:g}, "
        "the range of training; the model treats them as its ends"
    )
    return [Unfamiliar(feature["name"], "range", n, n_known, words)]
