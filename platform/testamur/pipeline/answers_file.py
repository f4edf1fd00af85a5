"""Predictions as CSV: one line per row, per step and quantile, or per ranked item."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import StoreError
from testamur.contracts.spreadsheet import disarm_formula
from testamur.settings import keep_private

if TYPE_CHECKING:
    from testamur.contracts.table import Predictions
    from testamur.data.fresh import FreshPart
    from testamur.pipeline.predict import Answered, OpenedDossier

Line = Sequence[Any]


def write_answers(answered: Answered, path: Path) -> int:
    """Write what a model says of new rows, a stretch at a time; the file appears complete or not at all.

    Texts that a spreadsheet would run are disarmed; only the owner may read the file.

    Args:
        answered: The rows and their predictions.
        path: Where it goes; a file of that name is replaced.

    Returns:
        The number of rows, series or users that were predicted.

    Raises:
        StoreError: The file cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_private(draft)
        with draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head(answered))
            n = 0
            for part, predictions in answered.pieces:
                n += part.rows.n_rows
                for line in lines(answered, part, predictions):
                    writer.writerow([disarm_formula(c) if isinstance(c, str) else c for c in line])
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path} must be written, however: {error.strerror or type(error).__name__}",
            remedy="choose another place with --out",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return n


def head(answered: Answered) -> list[str]:
    """The first line."""
    report = answered.dossier.report
    kind = report.data.problem_kind
    if kind is ProblemKind.FORECAST:
        return ["series", "last_step", "step", "quantile", "predicted"]
    if kind is ProblemKind.RANKING:
        return ["user", "rank", "item", "score"]
    name = _named_by(answered)
    columns = ["predicted"]
    if kind is ProblemKind.BINARY:
        columns = ["probability", *(["selected"] if report.threshold is not None else [])]
    elif kind is not ProblemKind.REGRESSION:
        columns = ["predicted", *(f"probability_of_{label}" for label in report.data.classes)]
    return [disarm_formula(word) for word in ("row", *([name] if name else []), *columns)]


def _named_by(answered: Answered) -> str | None:
    """What names a row besides its place: the series of a window, an identifier or entity that is there."""
    from testamur.pipeline.predict import named_by

    if "windows" in answered.dossier.encoder:
        return "series"
    name = named_by(answered.dossier.report)
    return name if name in answered.fresh.frame.columns else None


def lines(answered: Answered, part: FreshPart, predictions: Predictions) -> Iterator[Line]:
    """The lines of some rows."""
    dossier = answered.dossier
    if predictions.quantiles is not None:
        yield from _forecasts(dossier, part, predictions.quantiles)
    elif predictions.ranked is not None:
        yield from _ranks(dossier, part, predictions)
    else:
        named = _named_by(answered) is not None
        for i, values in enumerate(zip(*_columns(dossier, predictions), strict=True)):
            yield [int(part.rows.row[i]) + 1, *([part.names[i]] if named else []), *values]


def _columns(dossier: OpenedDossier, predictions: Predictions) -> list[list[Any]]:
    report = dossier.report
    if predictions.values is not None:
        return [predictions.values.tolist()]
    assert predictions.probabilities is not None
    if report.data.problem_kind is ProblemKind.BINARY:
        event = predictions.event
        chosen = [] if report.threshold is None else [(event >= report.threshold).astype(int).tolist()]
        return [event.tolist(), *chosen]
    best = predictions.probabilities.argmax(axis=1)
    return [[report.data.classes[i] for i in best], *predictions.probabilities.T.tolist()]


def _forecasts(dossier: OpenedDossier, part: FreshPart, quantiles: Any) -> Iterator[Line]:
    for i, name in enumerate(part.names):
        last = _moment(part.rows.time[i]) if part.rows.time is not None else ""
        for step in range(quantiles.shape[1]):
            for level, value in zip(dossier.quantiles, quantiles[i, step], strict=True):
                yield [name, last, step + 1, level, float(value)]


def _ranks(dossier: OpenedDossier, part: FreshPart, predictions: Predictions) -> Iterator[Line]:
    items = items_of(dossier.encoder)
    assert predictions.ranked is not None
    assert predictions.scores is not None
    for i, name in enumerate(part.names):
        ranked = zip(predictions.ranked[i], predictions.scores[i], strict=True)
        known = [(code, score) for code, score in ranked if code > 0 and np.isfinite(score)]
        for rank, (code, score) in enumerate(known, start=1):
            yield [name, rank, items[int(code) - 1], float(score)]


def items_of(encoder: Any) -> tuple[str, ...]:
    """Labels of the codes 1, 2, ... of what is ranked or answered."""
    if "interactions" in encoder:
        return tuple(encoder["interactions"]["items"])
    if "sequences" in encoder:
        item = encoder["sequences"]["item"]
        return tuple(next(f["levels"] for f in encoder["features"] if f["name"] == item))
    return ()


def _moment(seconds: float) -> str:
    """A moment, or the position of a step where series have no clock."""
    if seconds < 1e8:  # a position; the first moments that are told apart so lie in 1973
        return f"{seconds:g}"
    return datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
