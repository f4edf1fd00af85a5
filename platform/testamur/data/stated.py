"""Predictions that stand in columns of a file: read, held against what they must be, never mended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ProblemKind
from testamur.contracts.errors import Problem
from testamur.contracts.examined import Examined
from testamur.contracts.suggest import did_you_mean
from testamur.data.column_types import as_text, type_column
from testamur.data.examine import Examination
from testamur.data.wording import column, counted, rows, shown

SUM_WITHIN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """Predictions of a file.

    Attributes:
        probabilities: (n, n_classes) in the order of the classes, or None.
        values: (n,) predicted values, or None.
        decided: Only classes are stated: probabilities are 0 and 1.
    """

    probabilities: NDArray[np.float64] | None = None
    values: NDArray[np.float64] | None = None
    decided: bool = False


def read_stated(examined: Examined, found: Examination) -> tuple[Stated | None, list[Problem]]:
    """The predictions, and every fault in them.

    Args:
        examined: Which columns hold them.
        found: The examined rows; those without a target are left out already.

    Returns:
        The predictions, or None where there are none in the file or they have faults.
    """
    if not examined.columns:
        return None, []
    names = found.frame.columns
    absent = [name for name in examined.columns if name not in names]
    if absent or found.target is None:
        return None, []  # `examine` has told of unknown columns already
    kind, classes = found.target.problem.kind, found.target.classes
    if examined.predicted is not None:
        if kind is ProblemKind.REGRESSION:
            values, faults = _numbers(found, examined.predicted)
            return (None, faults) if faults else (Stated(values=values), [])
        return _decided(found, examined.predicted, classes)
    if kind is ProblemKind.REGRESSION:
        message = f"predicted = '...' is required for a {kind} problem, however: a probability"
        return None, [Problem("examined", message, "or problem = 'binary'")]
    if examined.probability is not None:
        return _of_event(found, examined.probability)
    return _of_classes(found, examined.probabilities, classes)


def _of_event(found: Examination, name: str) -> tuple[Stated | None, list[Problem]]:
    event, faults = _numbers(found, name, unit=True)
    if faults:
        return None, faults
    return Stated(probabilities=np.stack([1 - event, event], axis=1)), []


def _of_classes(
    found: Examination, columns: dict[str, str], classes: tuple[str, ...]
) -> tuple[Stated | None, list[Problem]]:
    """One column per class; each label of the target needs one, and no other label may have one."""
    faults = [
        Problem("examined.probabilities", f"a column for the class '{shown(c)}' is required, however: none")
        for c in classes
        if c not in columns
    ]
    faults += [
        Problem(
            f"examined.probabilities.{shown(c)}",
            "a class of the target is required, however: no row has it",
            did_you_mean(c, [shown(known) for known in classes], what="class"),
        )
        for c in columns
        if c not in classes
    ]
    read = {label: _numbers(found, columns[label], unit=True) for label in classes if label in columns}
    faults += [fault for _, of_column in read.values() for fault in of_column]
    if faults:
        return None, faults
    probabilities = np.stack([read[label][0] for label in classes], axis=1)
    off = np.flatnonzero(np.abs(probabilities.sum(axis=1) - 1) > SUM_WITHIN)
    if off.size:
        message = (
            f"probabilities that sum to 1 are required, however: not in {counted(len(off), 'row')} "
            f"({rows(found.row[off])})"
        )
        return None, [Problem("examined.probabilities", message)]
    return Stated(probabilities=probabilities), []


def _decided(found: Examination, name: str, classes: tuple[str, ...]) -> tuple[Stated | None, list[Problem]]:
    """Classes that were decided elsewhere, as probabilities of 0 and 1."""
    said = as_text(found.frame.get_column(name))
    known = said.is_in(list(classes)).fill_null(False)
    wrong = np.flatnonzero(~known.to_numpy())
    if wrong.size:
        message = (
            f"a class of the target is required in every row, however: another or none in "
            f"{counted(len(wrong), 'row')} ({rows(found.row[wrong])})"
        )
        return None, [Problem(column(name), message, "is it a score? probability = '...' names one")]
    codes = said.replace_strict(list(classes), list(range(len(classes))), return_dtype=pl.Int64).to_numpy()
    return Stated(probabilities=np.eye(max(len(classes), 2))[codes], decided=True), []


def _numbers(
    found: Examination, name: str, *, unit: bool = False
) -> tuple[NDArray[np.float64], list[Problem]]:
    """(n,) numbers of a column, and what is wrong with them: missing, no numbers, infinite, out of [0, 1]."""
    raw = found.frame.get_column(name)
    typed = type_column(raw, None if raw.dtype.is_numeric() else ColumnKind.NUMERIC)
    if not typed.series.dtype.is_numeric():
        message = f"numbers are required, however: the column is {typed.kind}"
        return np.zeros(0), [Problem(column(name), message)]
    values = typed.series.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    faults = []
    if bad.size:
        message = (
            f"a finite number in every row is required, however: missing, infinite or text in "
            f"{counted(len(bad), 'row')} ({rows(found.row[bad])})"
        )
        faults.append(Problem(column(name), message, "predict these rows too, or take them out of the file"))
    out = np.flatnonzero((values < 0) | (values > 1)) if unit else bad[:0]
    if out.size:
        message = (
            f"probabilities from 0 to 1 are required, however: others in {counted(len(out), 'row')} "
            f"({rows(found.row[out])})"
        )
        remedy = "a score on another scale must be turned into a probability first"
        faults.append(Problem(column(name), message, remedy))
    return values, faults
