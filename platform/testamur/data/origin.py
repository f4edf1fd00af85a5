"""From a request to raw rows: finds the file, query, resource or loader, and reads it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from testamur.contracts.companion import find_companion
from testamur.contracts.dataset import DatasetSpec, Fetch, ReadOptions
from testamur.contracts.errors import DataError, IntegrityError, Problem
from testamur.contracts.job import DatasetRequest
from testamur.data.fetch import find
from testamur.data.locate import find_file, find_resource, sha256_of
from testamur.data.mapping import name_columns
from testamur.data.names import settle_names
from testamur.data.preparation import prepare_frame
from testamur.data.read_file import read_file
from testamur.data.sidecar import READING, Sidecar, overlay, read_sidecar
from testamur.data.wording import shown
from testamur.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Raw rows and where they are from.

    Attributes:
        frame: As read: text for text files, typed for the others; under declared names and prepared
            where a declaration says so.
        sha256: Of the file as it lies on disk; of the canonical Arrow stream for queries and frames.
        name: What the source is called, without its folder.
        request: The request, filled up from the file beside the data.
        beside: The file beside the data, or an empty one.
        notes: What was noticed while reading.
    """

    frame: pl.DataFrame
    sha256: str
    name: str
    request: DatasetRequest
    beside: Sidecar
    notes: tuple[str, ...]


def read_origin(
    request: DatasetRequest,
    spec: DatasetSpec | None,
    *,
    base: Path,
    environ: Mapping[str, str] | None,
    datasets: Path | None = None,
) -> Origin:
    """Read what the request names.

    Raises:
        DataError: The source cannot be read.
        ConfigurationError: The file beside the data cannot be used.
        IntegrityError: A shipped file is not the one that its declaration names.
    """
    origin = read_raw(request, spec, base=base, environ=environ, datasets=datasets)
    return origin if spec is None else as_declared(origin, spec)


def as_declared(
    origin: Origin, spec: DatasetSpec, *, spared: tuple[str, ...] = (), new: bool = False
) -> Origin:
    """Own data under the declared names, and whatever ``prepare`` (or ``prepare_new``) makes of them.

    Args:
        origin: As read.
        spec: The declaration.
        spared: Declared columns that may be absent.
        new: Rows without an outcome, for a model that is there.

    Raises:
        DataError: A column is missing or its cells do not fit; every fault is listed.
        PluginError: ``prepare`` failed.
    """
    frame, notes = origin.frame, [*origin.notes]
    if is_own(origin.request):
        frame, named = name_columns(frame, origin.request, spec, where=origin.name, spared=spared)
        notes += named
    frame, prepared = prepare_frame(frame, spec, where=origin.name, spared=spared, new=new)
    return replace(origin, frame=frame, notes=(*notes, *prepared))


def is_own(request: DatasetRequest) -> bool:
    """Whether the rows are the user's own, whatever they are read as."""
    return request.path is not None or request.query is not None


def read_raw(
    request: DatasetRequest,
    spec: DatasetSpec | None,
    *,
    base: Path,
    environ: Mapping[str, str] | None,
    datasets: Path | None = None,
) -> Origin:
    """Read what the request names, under the names that it has there; see `read_origin`."""
    if request.path is not None:
        folders = spec is not None and spec.reader is not None
        return _read_own(request, find_file(request.path, base, folders=folders), spec)
    if request.query is not None:
        from testamur.data.read_sql import read_query

        frame, notes = read_query(request.query, request.url or "", base=base, environ=environ)
        return _origin_of_frame(frame, "SQL query", request, notes)
    if spec is None:
        problem = Problem(
            "dataset.use", "the declaration of a registered dataset is required, however: none was given"
        )
        raise DataError("The data cannot be read", [problem])
    if spec.fetch is not None:
        home = datasets or Settings.from_environment(environ).datasets
        return _read_fetched(request, spec, spec.fetch, find(spec, home))
    return _read_declared(request, spec)


def _read_own(request: DatasetRequest, path: Path, spec: DatasetSpec | None) -> Origin:
    notes: list[str] = []
    beside = Sidecar()
    if (found := find_companion(path)) is not None:
        beside = read_sidecar(found)
        request = overlay(request, beside, only=None if spec is None else READING)
        notes.append(f"{shown(found.name)} beside the data was read")
    if request.table is not None:
        problem = Problem(
            "dataset.table", "a source with several tables is required, however: this file has one"
        )
        raise DataError("The data cannot be read", [problem])
    options = ReadOptions(
        encoding=request.encoding,
        separator=request.separator,
        null_values=request.null_values,
        zone=request.zone,
    )
    frame, read_notes = _read_rows(path, options, spec)
    return Origin(frame, sha256_of(path), path.name, request, beside, (*notes, *read_notes))


def _read_declared(request: DatasetRequest, spec: DatasetSpec) -> Origin:
    if spec.resource is not None:
        return _read_shipped(request, spec, find_resource(spec.resource))
    from testamur.hooks.references import resolve

    loaded = resolve(spec.loader or "")()
    if isinstance(loaded, str | Path):
        return _read_shipped(request, spec, find_file(str(loaded), Path.cwd()))
    return _origin_of_frame(frame_of(loaded), spec.key, request, [])


def _read_fetched(request: DatasetRequest, spec: DatasetSpec, fetch: Fetch, path: Path) -> Origin:
    """A file from the cache, whose digest has been held against the declaration."""
    if fetch.read is None:
        return _read_shipped(request, spec, path)
    from testamur.hooks.references import resolve

    return replace(
        _origin_of_frame(frame_of(resolve(fetch.read)(path)), path.name, request, []), sha256=fetch.sha256
    )


def _read_shipped(request: DatasetRequest, spec: DatasetSpec, path: Path) -> Origin:
    """A plugin's file; its digest is held against the declaration before a row is read."""
    digest = sha256_of(path)
    if spec.source.sha256 not in (None, digest):
        raise IntegrityError(
            f"{spec.key}: the file {shown(path.name)} is required to have SHA-256 "
            f"{spec.source.sha256}, however: {digest}",
            remedy="install the plugin again; the file was changed after it was declared",
        )
    stated = {name: value for name, value in spec.read if value not in (None, ())}
    asked = {name: getattr(request, name) for name in ReadOptions.model_fields}
    options = ReadOptions(
        **{**stated, **{name: value for name, value in asked.items() if value not in (None, ())}}
    )
    frame, notes = _read_rows(path, options, spec)
    return Origin(frame, digest, path.name, request, Sidecar(), tuple(notes))


def _read_rows(path: Path, options: ReadOptions, spec: DatasetSpec | None) -> tuple[pl.DataFrame, list[str]]:
    """The rows of a file, by the plugin's own reader where the declaration names one."""
    if spec is None or spec.reader is None:
        return read_file(path, options)
    from testamur.hooks.references import resolve

    answer = resolve(spec.reader)(path, options)
    thing, notes = answer if isinstance(answer, tuple) else (answer, ())
    frame = frame_of(thing).clone()
    frame.columns, name_notes = settle_names(frame.columns)
    return frame, [*notes, *name_notes]


def frame_of(thing: Any) -> pl.DataFrame:
    """A frame from anything with the Arrow stream interface.

    Raises:
        DataError: The thing has no such interface.
    """
    if isinstance(thing, pl.DataFrame):
        return thing
    if isinstance(thing, pl.LazyFrame):
        return thing.collect()
    if not hasattr(thing, "__arrow_c_stream__"):
        problem = Problem(
            "data",
            "anything with the Arrow stream interface is required (pandas, polars, pyarrow, duckdb), "
            f"however: a {type(thing).__name__}",
            "make a data frame of it, or write it to a file",
        )
        raise DataError("The data cannot be read", [problem])
    return pl.DataFrame(thing)


def digest_of_frame(frame: pl.DataFrame) -> str:
    """SHA-256 of a frame's Arrow stream in one uncompressed piece."""
    stream = io.BytesIO()
    frame.rechunk().write_ipc_stream(stream, compression="uncompressed")
    return hashlib.sha256(stream.getbuffer()).hexdigest()


def _origin_of_frame(frame: pl.DataFrame, name: str, request: DatasetRequest, notes: list[str]) -> Origin:
    if frame.height == 0 or frame.width == 0:
        problem = Problem(name, f"rows are required, however: {frame.height} rows of {frame.width} columns")
        raise DataError("The data cannot be read", [problem])
    names, name_notes = settle_names(frame.columns)
    frame = frame.clone()
    frame.columns = names
    return Origin(frame, digest_of_frame(frame), name, request, Sidecar(), (*notes, *name_notes))
