"""Rows of a model from elsewhere in codes of our own, so that checks of encoded rows can ask about them.

A number is coded by its place among the distinct values of the examined rows: the code grows with it and is
walked back exactly, where the model's own encoding is not known. A coded row is asked about as raw cells that
come from the examined rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from testamur.audit.interval import Ints
from testamur.audit.skip import Skip
from testamur.contracts.check import AuditInput
from testamur.contracts.errors import TestamurError
from testamur.contracts.finding import CheckStatus
from testamur.contracts.raw_cells import RawChanges, RawColumn, RawPredictor
from testamur.contracts.table import Feature, Predictions, RowsPart

_SOURCES = {"number": "numeric", "moment": "datetime", "boolean": "boolean", "text": "categorical"}


def coded(given: AuditInput) -> AuditInput:
    """The same audit with coded rows and a predictor that takes them; as it is where it has a predictor.

    Training rows become the examined rows: nobody else's cells could be shown to the model.

    Raises:
        Skip: The model cannot be asked, or the cells are not at hand.
    """
    if given.predictor is not None:
        return given
    cells = given.table.cells
    if given.raw is None or cells is None:
        raise Skip(CheckStatus.NOT_RUN, "the model cannot be asked about altered rows")
    rows = cells.positions["test"]
    columns = [cells.column(name) for name in given.raw.columns]
    taken = [RawColumn(c.name, c.kind, c.values, c.code[rows]) for c in columns]
    ordered = [c for c in taken if c.kind != "text"] + [c for c in taken if c.kind == "text"]
    n_numeric = sum(c.kind != "text" for c in ordered)
    test = _encoded(given.table.test, ordered, n_numeric)
    labels = {f.name: f.label for f in given.table.features}
    table = replace(
        given.table,
        features=tuple(_feature(column, labels.get(column.name, column.name)) for column in ordered),
        encoder={"features": [_described(column) for column in ordered]},
        train=test,
        test=test,
    )
    first = tuple(_first_rows(column) for column in ordered)
    return replace(given, table=table, predictor=CodedPredictor(given.raw, tuple(ordered), n_numeric, first))


@dataclass(frozen=True, slots=True, eq=False)
class CodedPredictor:
    """Implements `contracts.protocols.Predictor` for coded rows.

    Attributes:
        raw: The model.
        columns: The cells of the examined rows, numbers first.
        n_numeric: How many of them are numbers, moments or truth values.
        first: By column, (u,) an examined row that has each value.
    """

    raw: RawPredictor
    columns: tuple[RawColumn, ...]
    n_numeric: int
    first: tuple[Ints, ...]

    def predict(self, part: RowsPart) -> Predictions:
        """Answers for coded rows; a number between two examined ones is moved from the lower.

        Raises:
            Skip: The model gives no answer for such rows.
        """
        exchanged, moved, lost = {}, {}, {}
        for j, column in enumerate(self.columns):
            code, missing = self._codes(part, j)
            whole = np.floor(code).astype(np.int64) if column.kind == "number" else _nearest(code)
            exchanged[column.name] = np.where(missing, 0, self.first[j][np.where(missing, 0, whole)])
            if missing.any():
                lost[column.name] = missing
            between = (code != whole) & ~missing
            if column.kind == "number" and between.any():
                values = np.asarray(column.values, np.float64)
                moved[column.name] = np.where(between, _value(values, code) - values[whole], 0.0)
        rows = np.zeros(part.n_rows, dtype=np.int64)
        try:
            return self.raw.predict(rows, RawChanges(exchanged=exchanged, moved=moved, lost=lost))
        except TestamurError as error:
            name = type(error.__cause__ or error).__name__
            words = f"the model gives no answer for rows whose cells come from several others ({name})"
            raise Skip(CheckStatus.NOT_APPLICABLE, words) from error

    def _codes(self, part: RowsPart, j: int) -> tuple[Any, Any]:
        """(n,) codes of a column, from 0, and where it is missing."""
        if j < self.n_numeric:
            top = max(len(self.columns[j].values) - 1, 0)
            missing = part.missing[:, j] | (not len(self.columns[j].values))
            return np.clip(part.numeric[:, j].astype(np.float64), 0, top), missing
        code = part.categorical[:, j - self.n_numeric]
        return np.maximum(code - 1, 0).astype(np.float64), code == 0


def _encoded(part: RowsPart, columns: list[RawColumn], n_numeric: int) -> RowsPart:
    codes = np.stack([c.code for c in columns], axis=1) if columns else np.zeros((part.n_rows, 0), np.int32)
    numbers = codes[:, :n_numeric]
    return replace(
        part,
        numeric=np.maximum(numbers, 0).astype(np.float32),
        missing=numbers < 0,
        categorical=(codes[:, n_numeric:] + 1).astype(np.int64),
    )


def _feature(column: RawColumn, label: str) -> Feature:
    if column.kind == "text":
        return Feature(column.name, label, "categorical", len(column.values) + 1)
    return Feature(column.name, label, "numeric")


def _described(column: RawColumn) -> dict[str, Any]:
    """An encoder's entry: numbers by knots at every distinct value."""
    entry: dict[str, Any] = {"name": column.name, "source": _SOURCES[column.kind]}
    if column.kind == "text":
        return {**entry, "kind": "categorical", "levels": [str(value) for value in column.values]}
    knots = np.asarray(column.values, np.float64)
    scores = np.arange(len(knots), dtype=np.float64)
    return {**entry, "kind": "numeric", "knots": knots.tolist(), "scores": scores.tolist()}


def _first_rows(column: RawColumn) -> Ints:
    """(u,) an examined row that has each value; one entry where no row has any."""
    first = np.zeros(max(len(column.values), 1), dtype=np.int64)
    known = np.flatnonzero(column.code >= 0)[::-1]
    first[column.code[known]] = known
    return first


def _nearest(code: Any) -> Ints:
    return np.round(code).astype(np.int64)


def _value(values: Any, code: Any) -> Any:
    return np.interp(code, np.arange(len(values)), values)
