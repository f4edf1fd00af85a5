"""Asks a scikit-learn estimator, loaded from a skops file whose types are known or named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError, Problem, TestamurError
from testamur.contracts.suggest import did_you_mean
from testamur.contracts.table import Predictions
from testamur.pipeline.handed_answers import decided_classes, label_text, settle_answers

if TYPE_CHECKING:
    import polars as pl


def load_estimator(path: Path, trusted: Sequence[str]) -> Any:
    """The estimator in a skops file.

    Args:
        path: The file.
        trusted: Types that may be built besides those that skops knows to be harmless.

    Raises:
        DataError: It holds types that nobody trusts, all of them named, or cannot be read.
        TestamurError: skops is not installed.
    """
    try:
        import skops.io
    except ImportError:
        raise TestamurError(
            "skops is required to examine a scikit-learn estimator, however: it is not installed",
            remedy="pip install 'testamur[skops]'",
        ) from None
    try:
        untrusted = skops.io.get_untrusted_types(file=path)
    except Exception as error:
        message = f"a whole skops file is required, however: {type(error).__name__}"
        raise DataError("The model cannot be opened", [Problem(path.name, message)]) from error
    unknown = sorted(set(untrusted) - set(trusted))
    if unknown:
        remedy = "if you know who made the file and trust them: --trust TYPE, or examined.trusted"
        faults = [
            Problem(path.name, f"types that are known to be harmless are required, however: {name}", remedy)
            for name in unknown
        ]
        raise DataError("The model cannot be opened", faults)
    try:
        return skops.io.load(path, trusted=sorted(set(untrusted)))
    except Exception as error:
        message = f"an estimator that can be built here is required, however: {type(error).__name__}"
        raise DataError("The model cannot be opened", [Problem(path.name, message)]) from error


def ask_estimator(
    estimator: Any, frame: pl.DataFrame, kind: ProblemKind, classes: Sequence[str]
) -> Predictions:
    """Predictions of an object with ``predict_proba`` or ``predict``.

    Args:
        estimator: Fitted on columns by name (``feature_names_in_``), or on a matrix.
        frame: (n, n_features) rows, columns in the order of the model.
        kind: Kind of problem.
        classes: Labels of the target, the event last.

    Raises:
        DataError: Columns or answers do not fit; every fault is listed.
    """
    rows = _rows_for(estimator, frame)
    name = type(estimator).__name__
    if kind is ProblemKind.REGRESSION:
        return settle_answers(_call(estimator.predict, rows, name), kind, classes, frame.height)
    if not hasattr(estimator, "predict_proba"):
        return decided_classes(_call(estimator.predict, rows, name), classes, frame.height)
    labels = [label_text(label) for label in np.asarray(getattr(estimator, "classes_", ())).tolist()]
    answers = _call(estimator.predict_proba, rows, name)
    return settle_answers(answers, kind, classes, frame.height, labels=labels)


def _rows_for(estimator: Any, frame: pl.DataFrame) -> Any:
    wanted = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    if not wanted:
        return frame.to_numpy()
    faults = [
        Problem(f"column '{name}'", "the model was trained on it, however: it is no feature here",
                did_you_mean(name, frame.columns, what="column"))
        for name in wanted
        if name not in frame.columns
    ]  # fmt: skip
    if faults:
        raise DataError("The model cannot be examined", faults)
    return frame.select(wanted)


def _call(ask: Any, rows: Any, name: str) -> Any:
    try:
        return ask(rows)
    except Exception as error:
        message = f"answers are required, however: it ended with {type(error).__name__}"
        remedy = "are the columns those of training, with the same kinds?"
        raise DataError("The model cannot be examined", [Problem(name, message, remedy)]) from error
