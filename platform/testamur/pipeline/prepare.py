"""From a request to the table it works on; the walk begins so, and a dry run ends so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.audit_asked import find_audit_faults
from testamur.contracts.errors import ConfigurationError
from testamur.contracts.model import InputShape
from testamur.jobs.validate import ResolvedJob
from testamur.pipeline.at_hand import at_hand

if TYPE_CHECKING:
    from testamur.contracts.table import RowsTable
    from testamur.data.load import LoadedSource


def load_rows(
    job: ResolvedJob,
    *,
    base: Path,
    environ: Mapping[str, str] | None,
    datasets: Path | None = None,
    brought: Path | None = None,
) -> LoadedSource:
    """The declared data, read; fetched ones lie in `datasets`.

    Args:
        job: The request, every name known.
        base: Folder against which relative paths are read.
        environ: The variables that ``url = "env:NAME"`` may name.
        datasets: Folder of fetched data sets.
        brought: Copy of the object that the job names by URL; None: it is brought here, where it names one.

    Raises:
        DataError: They cannot be read or used; every fault is listed.
        ConfigurationError: The file beside the data cannot be used.
        IntegrityError: A plugin's file is not the one that it declares.
    """
    from testamur.data.load import load_source

    asked = job.spec.dataset
    with at_hand(asked, brought) as request:
        source = load_source(request, job.dataset, base=base, environ=environ, datasets=datasets)
    if request is asked:
        return source
    return replace(source, request=source.request.model_copy(update={"path": asked.path}))


def make_table(job: ResolvedJob, source: LoadedSource, *, base: Path) -> RowsTable:
    """The rows, divided and encoded, and what the audit is asked held against them.

    Args:
        job: The request, every name known.
        source: The declared data.
        base: Folder against which the path of a reference file is read.

    Raises:
        DataError: They cannot be divided or encoded.
        ConfigurationError: The job's ``[audit]`` part names groups or columns that there are not.
    """
    from testamur.data.split import assign_parts
    from testamur.data.table import build_table

    asked, seed = job.spec.audit, job.spec.job.seed
    seen = job.spec.dataset.protected_as_features
    if source.series is not None:
        from testamur.data.windows import build_windows

        refit = job.spec.training.refit
        table = build_windows(source, seed=seed, bands=asked.bands, protected_as_features=seen, refit=refit)
    else:
        parts = assign_parts(source, seed=seed)
        table = build_table(source, parts, bands=asked.bands, protected_as_features=seen)
    if job.model.input_shape is InputShape.SEQUENCES:
        from testamur.data.sequences import add_sequences

        table = add_sequences(table)
    if faults := find_audit_faults(asked, table):
        raise ConfigurationError("The audit's options cannot be used", faults)
    if asked.reference is None:
        return table
    from testamur.data.reference import read_reference

    return replace(table, reference=read_reference(asked.reference, table, base=base))
