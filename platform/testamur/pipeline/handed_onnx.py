"""Asks an ONNX file for predictions; nothing but the file itself is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, DataError, Problem, TestamurError
from testamur.contracts.suggest import did_you_mean
from testamur.contracts.table import Predictions
from testamur.pipeline.handed_answers import decided_classes, label_text, settle_answers
from testamur.pipeline.onnx_wire import NotOnnx, OnnxFacts, read_facts

if TYPE_CHECKING:
    import polars as pl

ROWS_AT_ONCE = 8192
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
_SHOWN = 5


class OnnxModel:
    """An ONNX file, opened.

    Args:
        content: The file.
        name: Of the file, for messages.

    Raises:
        DataError: It is no ONNX file, keeps numbers in other files, or asks for operators that are not there.
        TestamurError: onnxruntime is not installed.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.facts = look_into(content, name)
        self._name = name
        self._session = _open(content, name)

    def ask(self, frame: pl.DataFrame, kind: ProblemKind, classes: Sequence[str]) -> Predictions:
        """Predictions of every row.

        Args:
            frame: (n, n_features) rows, columns in the order of the model.
            kind: Kind of problem.
            classes: Labels of the target, the event last.

        Raises:
            DataError: Columns or answers do not fit; every fault is listed.
        """
        feeds = self._feeds(frame)
        pieces = [
            self._run({name: values[at : at + ROWS_AT_ONCE] for name, values in feeds.items()})
            for at in range(0, frame.height, ROWS_AT_ONCE)
        ]
        answers, labels, decided = _joined(pieces, self._session.get_outputs(), kind)
        if decided:
            return decided_classes(answers, classes, frame.height)
        return settle_answers(answers, kind, classes, frame.height, labels=labels)

    def _run(self, feeds: dict[str, Any]) -> list[Any]:
        try:
            answered: list[Any] = self._session.run(None, feeds)
        except Exception as error:
            message = f"answers are required, however: it ended with {type(error).__name__}"
            raise DataError("The model cannot be examined", [Problem(self._name, message)]) from error
        return answered

    def _feeds(self, frame: pl.DataFrame) -> dict[str, Any]:
        """Input name -> (n, ...) array: one matrix of all features, or one input for each column."""
        inputs = self._session.get_inputs()
        width = inputs[0].shape[1] if len(inputs) == 1 and len(inputs[0].shape) == 2 else None
        if len(inputs) == 1 and inputs[0].name not in frame.columns and len(inputs[0].shape) == 2:
            if isinstance(width, int) and width != frame.width:
                message = f"{width} features are required, however: {frame.width}"
                remedy = "features = [...] names them, in the order of the model"
                raise DataError("The model cannot be examined", [Problem("features", message, remedy)])
            return {inputs[0].name: _matrix(frame, inputs[0].type)}
        absent = [i.name for i in inputs if i.name not in frame.columns]
        if absent:
            faults = [
                Problem(f"input '{name}'", "a feature of that name is required, however: there is none",
                        did_you_mean(name, frame.columns, what="column"))
                for name in absent
            ]  # fmt: skip
            raise DataError("The model cannot be examined", faults)
        return {i.name: _column(frame.get_column(i.name), i.type, len(i.shape)) for i in inputs}


def look_into(content: bytes, name: str) -> OnnxFacts:
    """What the file says of itself; refused where it would read others.

    Raises:
        DataError: It is no ONNX file, or tensors lie in other files.
    """
    try:
        facts = read_facts(content)
    except NotOnnx as error:
        message = f"an ONNX file is required, however: {error}"
        raise DataError("The model cannot be opened", [Problem(name, message)]) from None
    if facts.external:
        shown = ", ".join(facts.external[:_SHOWN]) + (" and more" if len(facts.external) > _SHOWN else "")
        message = (
            "all numbers of the model are required in one file, however: "
            f"{len(facts.external)} tensors lie in others ({shown})"
        )
        remedy = (
            "those files are not covered by the digest of this one, and their paths may lead anywhere; "
            "save the model with save_as_external_data=False"
        )
        raise DataError("The model cannot be opened", [Problem(name, message, remedy)])
    return facts


def _open(content: bytes, name: str) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise TestamurError(
            "onnxruntime is required to examine an ONNX file, however: it is not installed",
            remedy="pip install 'testamur[onnx]'",
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        message = f"a model that onnxruntime can run is required, however: {type(error).__name__}"
        raise DataError("The model cannot be opened", [Problem(name, message)]) from error


def _matrix(frame: pl.DataFrame, wanted: str) -> Any:
    import polars as pl

    faults = [
        Problem(f"column '{c.name}'", f"numbers are required by the model, however: {c.dtype}",
                "encode it as the model was trained, or export the model with one input for each column")
        for c in frame.get_columns()
        if not (c.dtype.is_numeric() or c.dtype == pl.Boolean)
    ]  # fmt: skip
    if faults:
        raise DataError("The model cannot be examined", faults)
    values = frame.select(pl.all().cast(pl.Float64)).fill_null(np.nan).to_numpy()
    return _typed(values, wanted, "the features")


def _column(series: pl.Series, wanted: str, rank: int) -> Any:
    import polars as pl

    if wanted == "tensor(string)":
        values: Any = series.cast(pl.String).fill_null("").to_numpy().astype(object)
    elif series.dtype.is_numeric() or series.dtype == pl.Boolean:
        values = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
        values = _typed(values, wanted, f"column '{series.name}'")
    else:
        message = f"numbers are required by the model, however: {series.dtype}"
        raise DataError("The model cannot be examined", [Problem(f"column '{series.name}'", message)])
    return values[:, None] if rank == 2 else values


def _typed(values: Any, wanted: str, where: str) -> Any:
    kind = _TYPES.get(wanted)
    if kind is None:
        message = f"an input of numbers or text is required, however: {wanted}"
        raise ConfigurationError("The model cannot be examined", [Problem(where, message)])
    n_missing = int(np.isnan(values).sum())
    if n_missing and not np.issubdtype(kind, np.floating):
        message = f"a whole number in every cell is required by the model, however: {n_missing} are missing"
        raise DataError("The model cannot be examined", [Problem(where, message)])
    return np.ascontiguousarray(values.astype(kind))


def _joined(pieces: list[list[Any]], outputs: Any, kind: ProblemKind) -> tuple[Any, Sequence[str], bool]:
    """The answers of all pieces, the labels of their columns where known, and whether they are classes."""
    place = _probability_output(outputs, kind)
    if isinstance(pieces[0][place], list):  # a sequence of maps from label to probability
        rows = [row for piece in pieces for row in piece[place]]
        labels = [label_text(label) for label in rows[0]]
        return np.array([[float(row[label]) for label in rows[0]] for row in rows]), labels, False
    answers = np.concatenate([np.asarray(piece[place]) for piece in pieces])
    floating = np.issubdtype(answers.dtype, np.floating)
    return answers, (), kind is not ProblemKind.REGRESSION and not floating


def _probability_output(outputs: Any, kind: ProblemKind) -> int:
    """Which output holds the answers: a map or a tensor of floats, rather one named after probabilities."""
    floats = [i for i, o in enumerate(outputs) if "float" in o.type or "double" in o.type]
    if kind is not ProblemKind.REGRESSION:
        named = [i for i in floats if "prob" in outputs[i].name.lower()]
        if named:
            return named[0]
    if not floats:
        return 0
    return floats[0] if kind is ProblemKind.REGRESSION else floats[-1]
