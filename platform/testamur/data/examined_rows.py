"""Rows that a model trained elsewhere is examined on: nothing is divided, every row is a test row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from testamur.contracts.dataset import DatasetSpec, ProblemKind, Role
from testamur.contracts.errors import DataError, Problem
from testamur.contracts.examined import Examined
from testamur.contracts.job import DatasetRequest
from testamur.contracts.table import RowsTable
from testamur.data.examine import Examination, examine
from testamur.data.load import LoadedSource
from testamur.data.names_of_rows import find_repeated_ids
from testamur.data.origin import read_raw
from testamur.data.raw_cells import FrameCells
from testamur.data.rows import take
from testamur.data.split import Parts, random_keys
from testamur.data.stated import Stated, read_stated
from testamur.data.table import build_table
from testamur.data.target import CLASSIFICATIONS
from testamur.data.wording import column, shown

KINDS = (ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION)
VALIDATION_SHARE = 0.2  # of the training file: baselines stop early on it


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedRows:
    """What a model trained elsewhere is examined on.

    Attributes:
        table: The rows as test part; training and validation part are those of the training file, or empty.
        frame: The same rows as read, (n, n_features) in the order of the file: what a model is asked with.
        stated: Predictions of the file, or None where the model is to be asked.
    """

    table: RowsTable
    frame: pl.DataFrame
    stated: Stated | None


def load_examined(
    request: DatasetRequest,
    examined: Examined,
    spec: DatasetSpec | None,
    *,
    base: Path,
    environ: Mapping[str, str] | None,
    datasets: Path | None,
    bands: Mapping[str, Sequence[float]],
    seed: int,
) -> ExaminedRows:
    """Read the rows, the predictions that stand in them, and the training rows where they are given.

    Args:
        request: The ``[dataset]`` part of the job.
        examined: Where the predictions come from.
        spec: The declaration of a registered dataset, or None for data of one's own.
        base: Folder against which relative paths are read.
        environ: The variables that ``url = "env:NAME"`` may name.
        datasets: Folder of fetched data sets.
        bands: Inner edges by protected attribute.
        seed: Divides the training file into training and validation.

    Raises:
        DataError: With every fault of the rows, their ids and their predictions.
    """
    asked = _without_predictions(request, examined)
    found = examine(asked, spec, base=base, environ=environ, datasets=datasets, needs_features=False)
    faults = [*found.faults, *_kind_faults(found), *find_repeated_ids(found)]
    stated, more = read_stated(examined, found)
    if faults or more or found.spec is None or found.target is None:
        raise DataError(f"The rows in {shown(found.origin.name)} cannot be examined", [*faults, *more])
    source = _loaded(found)
    frame = source.frame.select(_features(source.spec, request))
    if examined.train is None:
        return ExaminedRows(_all_test(source, bands, asked), frame, stated)
    train = _training(asked, examined.train, found, base=base, environ=environ)
    return ExaminedRows(_with_training(source, train, bands, asked, seed), frame, stated)


def _without_predictions(request: DatasetRequest, examined: Examined) -> DatasetRequest:
    """Predictions are no features; one probability means two outcomes, several mean several."""
    ignore = tuple(dict.fromkeys((*request.ignore, *examined.columns)))
    kind = request.problem
    if kind is None and examined.probability is not None:
        kind = ProblemKind.BINARY
    if kind is None and len(examined.probabilities) > 2:
        kind = ProblemKind.MULTICLASS
    return request.model_copy(update={"ignore": ignore, "problem": kind})


def _kind_faults(found: Examination) -> list[Problem]:
    if found.target is None or found.target.problem.kind in KINDS:
        return []
    kind = found.target.problem.kind
    message = f"binary, multiclass or regression is required of a model trained elsewhere, however: {kind}"
    remedy = "forecasts, rankings and sequences are audited where they are trained: testamur run"
    return [Problem("dataset.problem", message, remedy)]


def _loaded(found: Examination) -> LoadedSource:
    assert found.spec is not None
    assert found.target is not None
    return LoadedSource(
        frame=found.frame,
        spec=found.spec,
        classes=found.target.classes,
        row=found.row,
        sha256=found.origin.sha256,
        notes=found.notes,
        request=found.origin.request,
    )


def _features(spec: DatasetSpec, request: DatasetRequest) -> list[str]:
    roles = {Role.FEATURE, Role.PROTECTED} if request.protected_as_features else {Role.FEATURE}
    return [c.name for c in spec.columns if c.role in roles]


def _all_test(
    source: LoadedSource, bands: Mapping[str, Sequence[float]], request: DatasetRequest
) -> RowsTable:
    """Every row is a test row; the encoding describes these rows, as nothing is learnt from them."""
    every = np.arange(source.frame.height, dtype=np.int64)
    none = every[:0]
    table = build_table(
        source,
        Parts(every, none, every),
        bands=bands,
        protected_as_features=request.protected_as_features,
        needs_features=False,
    )
    cells = FrameCells(source.frame, {"train": none, "validation": none, "test": every})
    return replace(table, train=take(table.test, none), cells=cells)


def _training(
    request: DatasetRequest,
    train: str,
    found: Examination,
    *,
    base: Path,
    environ: Mapping[str, str] | None,
) -> LoadedSource:
    """The training file, read with the same roles and kinds.

    Raises:
        DataError: Columns that the model sees or that define groups are absent or of another kind.
    """
    asked = request.model_copy(
        update={"use": None, "path": train, "query": None, "url": None, "identifier": None, "columns": {}}
    )
    names = read_raw(asked, None, base=base, environ=environ).frame.columns
    assert found.spec is not None
    wanted = {c.name: c for c in found.spec.columns if c.role not in (Role.IGNORED, Role.IDENTIFIER)}
    absent = [name for name in wanted if name not in names]
    if absent:
        raise DataError(
            f"The training rows in {shown(Path(train).name)} cannot be used",
            [
                Problem(column(n), "a column of the examined rows is required, however: absent")
                for n in absent
            ],
        )
    update = {
        "problem": found.spec.problem.kind,
        "positive": found.spec.problem.positive,
        "ignore": tuple(name for name in names if name not in wanted),
        "target": found.spec.problem.target,
        "categorical": tuple(
            name for name, c in wanted.items() if c.kind == "categorical" and c.role is not Role.TARGET
        ),
    }
    other = examine(asked.model_copy(update=update), None, base=base, environ=environ, needs_features=False)
    kinds = {c.name: c.kind for c in other.columns}
    faults = [
        Problem(column(name), f"a {c.kind} column is required in training too, however: {kinds[name]}")
        for name, c in wanted.items()
        if kinds.get(name) != c.kind and c.role not in (Role.TARGET, Role.ENTITY)
    ]
    if other.faults or faults or other.spec is None:
        raise DataError(
            f"The training rows in {shown(Path(train).name)} cannot be used", [*other.faults, *faults]
        )
    return _loaded(other)


def _with_training(
    source: LoadedSource,
    train: LoadedSource,
    bands: Mapping[str, Sequence[float]],
    request: DatasetRequest,
    seed: int,
) -> RowsTable:
    """Both files as one source, so that rows, entities and groups are told alike."""
    names = [c.name for c in source.spec.columns if c.name in train.frame.columns]
    names = [n for n in names if source.spec.column(n).role not in (Role.IGNORED, Role.IDENTIFIER)]
    frame = pl.concat([train.frame.select(names), source.frame.select(names)], how="vertical_relaxed")
    n_train, n = train.frame.height, frame.height
    keys = random_keys(n_train, seed)
    order = np.argsort(keys, kind="stable")
    n_validation = max(round(VALIDATION_SHARE * n_train), 1)
    both = replace(
        source,
        frame=frame,
        row=np.concatenate([train.row, source.row]),
        classes=_classes(source, train),
        notes=(
            *source.notes,
            f"training rows: {shown(train.spec.title)}, SHA-256 {train.sha256}; "
            f"{n_validation:,} of them were kept apart for the baselines",
            *(f"training rows: {note}" for note in train.notes),
        ),
    )
    parts = Parts(
        np.sort(order[n_validation:]), np.sort(order[:n_validation]), np.arange(n_train, n, dtype=np.int64)
    )
    return build_table(both, parts, bands=bands, protected_as_features=request.protected_as_features)


def _classes(source: LoadedSource, train: LoadedSource) -> tuple[str, ...]:
    """Labels of the examined rows; training may know no others, as nobody could be told of them.

    Raises:
        DataError: Training rows have further labels.
    """
    if source.spec.problem.kind not in CLASSIFICATIONS:
        return ()
    more = len(set(train.classes) - set(source.classes))
    if more:
        message = f"the labels of the examined rows are required, however: training rows have {more} more"
        raise DataError(
            "The training rows cannot be used",
            [Problem(column(source.spec.problem.target), message, "examine rows of every class")],
        )
    return source.classes
