"""What a model trained elsewhere answered, held against what an answer must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.table import Predictions

SUM_WITHIN = 1e-3
_WHERE = "answers of the model"


def settle_answers(
    answers: Any, kind: ProblemKind, classes: Sequence[str], n: int, *, labels: Sequence[str] = ()
) -> Predictions:
    """Answers as predictions of the audit.

    Args:
        answers: (n,) probabilities of the event, (n, n_classes) probabilities, or (n,) values.
        kind: Kind of problem.
        classes: Labels of the target, the event last.
        n: Rows that were asked about.
        labels: Labels of the columns of `answers`; empty: those of the target, sorted.

    Raises:
        DataError: With every fault: shape, labels, numbers that are not finite or no probabilities.
    """
    values = _as_numbers(answers)
    if kind is ProblemKind.REGRESSION:
        flat = values.reshape(-1) if values.ndim == 2 and values.shape[1] == 1 else values
        _refuse(_shape_faults(flat, (n,)) or _finite_faults(flat))
        return Predictions(values=flat)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1 and len(classes) == 2:
        _refuse(_shape_faults(values, (n,)) or [*_finite_faults(values), *_unit_faults(values)])
        return Predictions(probabilities=np.stack([1 - values, values], axis=1))
    _refuse(_shape_faults(values, (n, len(classes))))
    columns = list(labels) or _in_order(classes)
    absent = [label for label in classes if label not in columns]
    if absent:
        message = f"a column for each class is required, however: {len(absent)} of {len(classes)} lack one"
        _refuse([Problem(_WHERE, message)])
    ordered = values[:, [columns.index(label) for label in classes]]
    _refuse([*_finite_faults(ordered), *_unit_faults(ordered), *_sum_faults(ordered)])
    return Predictions(probabilities=ordered)


def decided_classes(answers: Any, classes: Sequence[str], n: int) -> Predictions:
    """Classes that a model decided for, as probabilities of 0 and 1.

    Args:
        answers: (n,) labels.
        classes: Labels of the target, the event last.
        n: Rows that were asked about.

    Raises:
        DataError: Another number of answers, or labels that the target does not have.
    """
    said = np.asarray(answers).reshape(-1)
    _refuse(_shape_faults(said, (n,)))
    known = {label: code for code, label in enumerate(classes)}
    codes = np.array([known.get(label_text(label), -1) for label in said.tolist()], np.int64)
    unknown = int((codes < 0).sum())
    if unknown:
        _refuse([Problem(_WHERE, f"labels of the target are required, however: others in {unknown} rows")])
    return Predictions(probabilities=np.eye(len(classes))[codes], decided=True)


def label_text(label: Any) -> str:
    """A label as the data room writes it: whole numbers without ``.0``, truth values in small letters."""
    if isinstance(label, bool):
        return str(label).lower()
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def _as_numbers(answers: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        values = np.asarray(answers, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(
            "The model cannot be examined",
            [Problem(_WHERE, f"an array of numbers is required, however: {type(answers).__name__}")],
        ) from None
    return values


def _in_order(classes: Sequence[str]) -> list[str]:
    """Labels sorted as numbers where all of them are, else as text: the order of most libraries."""
    try:
        return sorted(classes, key=lambda label: (float(label), label))
    except ValueError:
        return sorted(classes)


def _shape_faults(values: Any, shape: tuple[int, ...]) -> list[Problem]:
    if values.shape == shape:
        return []
    return [Problem(_WHERE, f"shape {shape} is required, however: {values.shape}")]


def _finite_faults(values: Any) -> list[Problem]:
    bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    if not bad.size:
        return []
    message = f"finite numbers are required, however: not in {bad.size} rows, first in row {bad[0] + 1}"
    return [Problem(_WHERE, message, "does the model take missing values?")]


def _unit_faults(values: Any) -> list[Problem]:
    rows = values.reshape(len(values), -1)
    bad = np.flatnonzero(((rows < 0) | (rows > 1)).any(axis=1))
    if not bad.size:
        return []
    message = (
        f"probabilities from 0 to 1 are required, however: others in {bad.size} rows, "
        f"first in row {bad[0] + 1}"
    )
    return [Problem(_WHERE, message, "does the model answer with logits or scores?")]


def _sum_faults(values: Any) -> list[Problem]:
    bad = np.flatnonzero(np.abs(values.sum(axis=1) - 1) > SUM_WITHIN)
    if not bad.size:
        return []
    return [Problem(_WHERE, f"probabilities that sum to 1 are required, however: not in {bad.size} rows")]


def _refuse(faults: list[Problem]) -> None:
    if faults:
        raise DataError("The model cannot be examined", faults)
