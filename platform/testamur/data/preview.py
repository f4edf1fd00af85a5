"""What a person sees before a job is made of their data: every column, every fault, nothing trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from testamur.contracts.dataset import ColumnKind, ColumnSpec, DatasetSpec, ProblemKind, Role, SplitKind
from testamur.contracts.job import DatasetRequest
from testamur.contracts.record import Record, Sha256
from testamur.data.examine import Examination, examine

MEASURED = (Role.FEATURE, Role.TARGET, Role.PROTECTED, Role.WEIGHT)


class ColumnPreview(Record):
    """One column as it was understood."""

    name: str
    label: str
    role: Role
    kind: ColumnKind
    n_missing: int
    n_distinct: int  # without missing
    minimum: float | None = None  # numbers with a role in the problem only
    median: float | None = None
    maximum: float | None = None


class Fault(Record):
    """One thing that stands in the way of a job on these data."""

    where: str
    message: str
    remedy: str = ""


class DatasetPreview(Record):
    """A source as it was understood; no cell of a text column is in it."""

    name: str
    title: str
    sha256: Sha256
    n_rows: int  # in the source
    n_rows_used: int  # with a target
    n_columns: int
    problem_kind: ProblemKind | None
    target: str | None
    positive: str | None
    n_classes: int | None  # None for regression, and where the target is not settled
    split: SplitKind | None
    usable: bool
    columns: tuple[ColumnPreview, ...]
    problems: tuple[Fault, ...]
    notes: tuple[str, ...]


def preview_source(
    request: DatasetRequest,
    spec: DatasetSpec | None,
    *,
    base: Path,
    environ: Mapping[str, str] | None = None,
    datasets: Path | None = None,
) -> DatasetPreview:
    """Describe a source and list all its faults at once.

    Args:
        request: The ``[dataset]`` part of a job.
        spec: The declaration of a registered dataset, or None for data of one's own.
        base: Folder against which relative paths are read.
        environ: The variables that ``url = "env:NAME"`` may name.
        datasets: Folder of fetched data sets; None: that of the settings.

    Raises:
        DataError: The source cannot be read at all.
        ConfigurationError: The TOML file beside the data cannot be used.
        IntegrityError: A plugin's file is not the one that it declares.
    """
    found = examine(request, spec, base=base, environ=environ, datasets=datasets)
    problem = found.target.problem if found.target else None
    return DatasetPreview(
        name=found.origin.name,
        title=_title(found, spec),
        sha256=found.origin.sha256,
        n_rows=found.origin.frame.height,
        n_rows_used=found.frame.height,
        n_columns=found.frame.width,
        problem_kind=problem.kind if problem else None,
        target=problem.target if problem else None,
        positive=problem.positive if problem else None,
        n_classes=len(found.target.classes) or None if found.target else None,
        split=found.spec.split.kind if found.spec else None,
        usable=not found.faults,
        columns=tuple(_column(c, found.frame.get_column(c.name)) for c in found.columns),
        problems=tuple(Fault(where=f.where, message=f.message, remedy=f.remedy) for f in found.faults),
        notes=found.notes,
    )


def _title(found: Examination, spec: DatasetSpec | None) -> str:
    if found.spec is not None:
        return found.spec.title
    return found.origin.request.title or (spec.title if spec else found.origin.name)


def _column(column: ColumnSpec, values: pl.Series) -> ColumnPreview:
    n_missing = values.null_count()
    shown = ColumnPreview(
        name=column.name,
        label=column.label or column.name,
        role=column.role,
        kind=column.kind or ColumnKind.CATEGORICAL,
        n_missing=n_missing,
        n_distinct=values.n_unique() - (n_missing > 0),
    )
    if values.dtype != pl.Float64 or column.role not in MEASURED:
        return shown
    numbers = values.filter(values.is_finite()).to_numpy()
    if numbers.size == 0:
        return shown
    low, median, high = (float(f(numbers)) for f in (np.min, np.median, np.max))
    return shown.model_copy(update={"minimum": low, "median": median, "maximum": high})
