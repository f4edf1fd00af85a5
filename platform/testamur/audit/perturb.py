"""Rows as they might have been written down: numbers slightly off, cells missing, categories misspelt.

Numbers are moved in the unit of the source and encoded again, as a new row would be.
"""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Floats
from testamur.audit.made_rows import Cells, cells_of
from testamur.audit.raw_values import decode_numbers, described, encode_numbers
from testamur.contracts.table import RowsTable


def spreads(table: RowsTable) -> Floats:
    """(n_numeric,) standard deviation of each number among training rows, in the unit of the source.

    Values beyond the encoder's outer knots count as these; 0 for columns of yes and no, which are not moved.
    """
    cells = cells_of(table.train)
    found = np.zeros(cells.n_numeric)
    for j in range(cells.n_numeric):
        known = cells.values[~cells.missing[:, j], j]
        if known.size and not is_yes_or_no(table, j):
            found[j] = decode_numbers(table, j, known).std()
    return found


def is_yes_or_no(table: RowsTable, feature: int) -> bool:
    """Whether a number is a truth value."""
    return described(table, feature).get("source") == "boolean"


def moved(table: RowsTable, cells: Cells, steps: Floats) -> Cells:
    """The rows with (n, n_numeric) `steps` added to their numbers, in the unit of the source.

    Missing numbers stay missing.
    """
    values = cells.values.copy()
    for j in range(cells.n_numeric):
        step = steps[:, j]
        rows = np.flatnonzero((step != 0) & ~cells.missing[:, j])
        if rows.size:
            numbers = decode_numbers(table, j, values[rows, j]) + step[rows]
            values[rows, j] = encode_numbers(table, j, numbers)
    return Cells(values, cells.missing, cells.n_numeric)


def with_noise(table: RowsTable, cells: Cells, scale: Floats, rng: np.random.Generator) -> Cells:
    """The rows with normal noise on every number; scale (n_numeric,) in the unit of the source."""
    n = cells.values.shape[0]
    return moved(table, cells, rng.normal(size=(n, cells.n_numeric)) * scale)


def with_missing(table: RowsTable, cells: Cells, share: float, rng: np.random.Generator) -> Cells:
    """The rows with this share of all cells missing, as the encoder writes a missing cell."""
    lost = rng.random(cells.values.shape) < share
    fill = np.array([float(described(table, j).get("fill", 0.0)) for j in range(cells.n_numeric)])
    values = cells.values.copy()
    k = cells.n_numeric
    values[:, :k] = np.where(lost[:, :k], fill, values[:, :k])
    values[:, k:] = np.where(lost[:, k:], 0.0, values[:, k:])
    missing = cells.missing.copy()
    missing[:, :k] |= lost[:, :k]
    return Cells(values, missing, k)


def with_typos(cells: Cells, share: float, rng: np.random.Generator) -> Cells:
    """The rows with this share of their categories misspelt: a level that training never saw, code 0."""
    values, k = cells.values.copy(), cells.n_numeric
    wrong = rng.random(values[:, k:].shape) < share
    values[:, k:] = np.where(wrong, 0.0, values[:, k:])
    return Cells(values, cells.missing, k)
