"""From series to the table of windows that training and audit work on; no window is ever copied out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from testamur.contracts.dataset import DatasetSpec, ProblemKind, Role
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.table import Attribute, RowsTable
from testamur.data.encode import fit_encoder
from testamur.data.groups import fit_groups
from testamur.data.load import LoadedSource
from testamur.data.origins import (
    Cuts,
    Origins,
    find_cuts,
    forecast_origins,
    origins_before_test,
    window_origins,
)
from testamur.data.raw_cells import FrameCells
from testamur.data.series import Series
from testamur.data.table import table_feature
from testamur.data.window_declaration import settle_channels, settle_forecast
from testamur.data.window_faults import require_windows, tell_left_out
from testamur.data.window_log import Int64, Log, channel_names, read_log
from testamur.data.window_parts import RowFacts, cut_part, entity_of_rows, read_facts

_PLACING = (Role.ENTITY, Role.TIME, Role.TARGET)


def build_windows(
    source: LoadedSource,
    *,
    seed: int,
    bands: Mapping[str, Sequence[float]],
    protected_as_features: bool = False,
    refit: bool = False,
) -> RowsTable:
    """Divide series into windows; whatever is learnt from values is learnt from training time only.

    Each row of the table is one window. Its features, groups and carried columns are those of the
    window's last row; its past is a stretch of one log that all parts share.

    Args:
        source: Loaded rows, with their series.
        seed: Used where the split rule states none.
        bands: Inner edges by protected attribute; they win over those of the declaration.
        protected_as_features: True lets the model see the protected attributes.
        refit: True adds the part `whole`, which a forecast is refitted on.

    Raises:
        DataError: No series is long enough, or a part would be without windows.
    """
    if source.series is None:
        raise DataError("The windows cannot be cut", [Fault("dataset", "series of rows are required")])
    forecast = source.spec.problem.kind is ProblemKind.FORECAST
    cuts = find_cuts(source.series, source.spec.split)
    series = source.series
    spec, notes = settle_forecast(source, series, cuts) if forecast else (settle_channels(source.spec), [])
    source = replace(source, spec=spec)
    log = read_log(source.frame, series, spec, source.classes)
    origins = _origins(source, log, cuts, seed)
    notes += tell_left_out(log.series, origins, spec)
    require_windows(origins, log, spec, source.classes)
    table, facts = _table(source, log, origins, cuts, bands, protected_as_features, notes)
    if not refit or cuts is None or not forecast:
        return table
    assert spec.windows is not None
    stop = origins_before_test(log.series, log.target, spec.windows, spec.problem.horizon or 1, cuts)
    return replace(table, whole=cut_part(source, log, table.encoder, facts, stop))


def _origins(source: LoadedSource, log: Log, cuts: Cuts | None, seed: int) -> Origins:
    spec, series = source.spec, log.series
    assert spec.windows is not None
    if spec.problem.kind is ProblemKind.FORECAST:
        if cuts is None:
            message = "three moments or more are required, however: there are fewer"
            raise DataError("The windows cannot be cut", [Fault("dataset.time", message)])
        return forecast_origins(series, log.target, spec.windows, spec.problem.horizon or 1, cuts)
    entity = _entity_of_steps(source, series)
    return window_origins(series, log.target >= 0, entity, spec.windows, spec.split, seed)


def _entity_of_steps(source: LoadedSource, series: Series) -> Int64:
    """(T,) code of the entity of each step; the series where no entity is named. Gaps: the step before."""
    codes = entity_of_rows(source.frame, source.spec)[0]
    if codes is None:
        return series.number
    placed = np.maximum.accumulate(np.where(series.row >= 0, np.arange(series.row.size), 0))
    return np.asarray(codes[series.row[placed]], dtype=np.int64)


def _table(
    source: LoadedSource,
    log: Log,
    origins: Origins,
    cuts: Cuts | None,
    bands: Mapping[str, Sequence[float]],
    protected_as_features: bool,
    notes: list[str],
) -> tuple[RowsTable, RowFacts]:
    spec, channels = source.spec, channel_names(source.spec)
    seen = {Role.FEATURE, Role.PROTECTED} if protected_as_features else {Role.FEATURE}
    shown = [c for c in spec.columns if c.role in (Role.FEATURE, Role.PROTECTED) and c.name not in channels]
    features = [c for c in shown if c.role in seen]
    learnt = _training_rows(log.series, origins)
    attributes, told = _fit_attributes(source, learnt, bands)
    encoder = fit_encoder(source.frame, features, attributes, shown, spec.problem, source.classes, learnt)
    encoder["windows"] = describe_windows(spec, log.series, channels, cuts)
    facts = read_facts(source)
    parts = [cut_part(source, log, encoder, facts, origins.stop[origins.side == side]) for side in range(3)]
    table = RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=source.classes,
        features=tuple(table_feature(feature) for feature in encoder["features"]),
        attributes=tuple(Attribute(a["name"], a["label"], tuple(a["levels"])) for a in attributes),
        columns=tuple(c.name for c in shown),
        train=parts[0],
        validation=parts[1],
        test=parts[2],
        sha256=source.sha256,
        encoder=encoder,
        notes=(*source.notes, *notes, *told),
        request=source.request,
        entities=facts.entities,
        cells=_cells(source, log, origins),
    )
    return table, facts


def _fit_attributes(
    source: LoadedSource, learnt: Int64, bands: Mapping[str, Sequence[float]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The groups of each protected attribute, and what there is to say of them."""
    fitted = [
        fit_groups(c, source.frame.get_column(c.name), learnt, tuple(bands.get(c.name, c.bands)))
        for c in source.spec.columns
        if c.role is Role.PROTECTED
    ]
    return [attribute for attribute, _ in fitted], [note for _, told in fitted for note in told]


def _cells(source: LoadedSource, log: Log, origins: Origins) -> FrameCells:
    """The columns as they were read, of the last row of each window."""
    names = ("train", "validation", "test")
    return FrameCells(source.frame, {name: _last_rows(log, origins, side) for side, name in enumerate(names)})


def _last_rows(log: Log, origins: Origins, side: int) -> Int64:
    """(n,) row of the frame in which each window of a part ends."""
    return np.asarray(log.series.row[origins.stop[origins.side == side] - 1], dtype=np.int64)


def _training_rows(series: Series, origins: Origins) -> Int64:
    """Rows of the frame that encodings may be learnt from: up to the last training window of each series."""
    stops = origins.stop[origins.side == 0]
    last = np.zeros(series.n_series, dtype=np.int64)
    np.maximum.at(last, series.number[stops - 1], stops)
    learnt = np.arange(series.row.size) < last[series.number]
    return np.sort(series.row[learnt & (series.row >= 0)])


def describe_windows(
    spec: DatasetSpec, series: Series, channels: Sequence[str], cuts: Cuts | None
) -> dict[str, Any]:
    """What `window_encoding.encode_windows` needs to cut the windows of new series; JSON-ready."""
    assert spec.windows is not None
    return {
        "rule": spec.windows.model_dump(mode="json"),
        "problem": spec.problem.model_dump(mode="json"),
        "channels": list(channels),
        "columns": [
            c.model_dump(mode="json")
            for c in spec.columns
            if c.role in _PLACING or c.name in (*channels, spec.windows.within)
        ],
        "grid": {"kind": series.grid.kind, "step": series.grid.step},
        "cycles": [cycle for cycle in series.grid.seasons if cycle > 1],
        "cuts": None if cuts is None else [cuts.validation, cuts.test],
    }
