"""The door into the data room: a request in, converted rows with their declaration out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import DatasetSpec, ProblemKind
from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.erased import leave_out
from testamur.data.examine import examine
from testamur.data.interactions import order_choices
from testamur.data.series import Series
from testamur.data.wording import shown


@dataclass(frozen=True, slots=True, eq=False)
class LoadedSource:
    """Rows that can be used, and what is known of them.

    Attributes:
        frame: n rows; numbers are Float64, categories String, truth values Boolean, moments
            Datetime in UTC; the target is String (a classification, a ranking) or Float64 (a regression).
            Those of a ranking are ordered by user and time.
        spec: The declaration with the role and kind of every column of the source.
        classes: Labels of the target, the event last for binary problems; empty for regression
            and ranking.
        row: (n,) position of each row in the source, counted from 0 after the header.
        sha256: Of the file, or of the canonical Arrow stream of a frame or query.
        notes: What was noticed while reading.
        request: The request, filled up from the file beside the data.
        series: The rows laid out as series, where examples are windows; else None.
    """

    frame: pl.DataFrame
    spec: DatasetSpec
    classes: tuple[str, ...]
    row: NDArray[np.int64]
    sha256: str
    notes: tuple[str, ...]
    request: DatasetRequest
    series: Series | None = None


def load_source(
    request: DatasetRequest,
    spec: DatasetSpec | None,
    *,
    base: Path,
    environ: Mapping[str, str] | None = None,
    datasets: Path | None = None,
) -> LoadedSource:
    """Load the data that a job names.

    Args:
        request: The ``[dataset]`` part of the job; its words win over the declaration.
        spec: The declaration of a registered dataset, or None for data of one's own.
        base: Folder against which relative paths are read.
        environ: The variables that ``url = "env:NAME"`` may name.
        datasets: Folder of fetched data sets; None: that of the settings.

    Raises:
        DataError: The data cannot be read or used; every fault is listed, no cell is quoted.
        ConfigurationError: The TOML file beside the data cannot be used.
        IntegrityError: A plugin's file is not the one that it declares.
    """
    found = examine(request, spec, base=base, environ=environ, datasets=datasets)
    if found.faults or found.spec is None or found.target is None:
        raise DataError(f"The data in {shown(found.origin.name)} cannot be used", found.faults)
    loaded = LoadedSource(
        frame=found.frame,
        spec=found.spec,
        classes=found.target.classes,
        row=found.row,
        sha256=found.origin.sha256,
        notes=found.notes,
        request=found.origin.request,
        series=found.series,
    )
    loaded = leave_out(loaded)
    return _ordered(loaded) if found.spec.problem.kind is ProblemKind.RANKING else loaded


def _ordered(loaded: LoadedSource) -> LoadedSource:
    """The rows of a ranking that count, those of a user together and in the order of time."""
    choices = order_choices(loaded.frame, loaded.spec)
    return replace(
        loaded,
        frame=loaded.frame[choices.order],
        row=loaded.row[choices.order],
        notes=(*loaded.notes, *choices.notes),
    )
