"""From series to the table of windows that training and audit work on; no window is ever copied out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, DatasetSpec, ProblemKind, Role, WindowRule
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.table import Attribute, History, RowsPart, RowsTable
from testamur.data import wording
from testamur.data.column_types import as_text
from testamur.data.encode import as_numbers, encode_frame, fit_encoder
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
from testamur.data.rows import carried_columns
from testamur.data.season import default_length, find_season
from testamur.data.series import Series
from testamur.data.table import table_feature

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_PLACING = (Role.ENTITY, Role.TIME, Role.TARGET)
PARTS = ("training", "validation", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """The steps of all series with what a window shows of them.

    Attributes:
        series: The steps.
        values: (T, n_channels) float32, NaN where unknown; the target of a forecast first.
        target: (T,) value of a forecast, or class code (-1 = none) as float64.
    """

    series: Series
    values: NDArray[np.float32]
    target: Float64


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
    spec, notes = _settled(source, series, cuts) if forecast else (_with_channels(source.spec), [])
    source = replace(source, spec=spec)
    log = read_log(source.frame, series, spec, source.classes)
    origins = _origins(source, log, cuts, seed)
    notes += _left_out(log.series, origins, spec)
    _check(origins, log, spec, source.classes)
    table, facts = _table(source, log, origins, cuts, bands, protected_as_features, notes)
    if not refit or cuts is None or not forecast:
        return table
    assert spec.windows is not None
    stop = origins_before_test(log.series, log.target, spec.windows, spec.problem.horizon or 1, cuts)
    return replace(table, whole=_part(source, log, table.encoder, facts, stop))


def channel_names(spec: DatasetSpec) -> tuple[str, ...]:
    """The columns of a window, in order: a forecast's target first, else the channels of the rule."""
    rule = spec.windows or WindowRule()
    if spec.problem.kind is ProblemKind.FORECAST:
        others = [name for name in (*rule.channels, *rule.known_ahead) if name != spec.problem.target]
        return (spec.problem.target, *dict.fromkeys(others))
    return tuple(dict.fromkeys((*rule.channels, *rule.known_ahead)))


def read_log(frame: pl.DataFrame, series: Series, spec: DatasetSpec, classes: Sequence[str]) -> Log:
    """What windows show of the steps, and what they are to predict."""
    names = channel_names(spec)
    values = np.stack([series.values(frame.get_column(name)) for name in names], axis=1).astype(np.float32)
    if spec.problem.kind is ProblemKind.FORECAST:
        target = series.values(frame.get_column(spec.problem.target))
    else:
        codes = as_text(frame.get_column(spec.problem.target)).replace_strict(
            list(classes), list(range(len(classes))), default=-1, return_dtype=pl.Int64
        )
        target = np.nan_to_num(series.values(codes.fill_null(-1).cast(pl.Float64)), nan=-1.0)
    return Log(series, values, target)


def _with_channels(spec: DatasetSpec) -> DatasetSpec:
    """The declaration of a classification with its channels filled in: every number that is a feature.

    Raises:
        DataError: There is none, or no length of a window is stated.
    """
    rule, numbers = spec.windows or WindowRule(), (ColumnKind.NUMERIC, ColumnKind.BOOLEAN)
    names = [c.name for c in spec.columns if c.role is Role.FEATURE and c.kind in numbers]
    channels = rule.channels or tuple(names)
    faults = []
    if not channels:
        message = "a column of numbers is required, however: there is none"
        faults.append(Fault("dataset.windows.channels", message))
    if not rule.length:
        message = "the number of steps is required, however: none is given"
        faults.append(Fault("dataset.windows.length", message))
    if faults:
        raise DataError("The windows cannot be cut", faults)
    return spec.model_copy(update={"windows": rule.model_copy(update={"channels": channels})})


def _settled(source: LoadedSource, series: Series, cuts: Cuts | None) -> tuple[DatasetSpec, list[str]]:
    """The declaration with season, length and quantiles of a forecast filled in."""
    spec = source.spec
    problem, rule, notes = spec.problem, spec.windows or WindowRule(), []
    horizon = problem.horizon or 1
    season = problem.season
    if season is None:
        target = series.values(source.frame.get_column(problem.target))
        season = find_season(series, target, horizon, until=cuts.validation if cuts else np.inf)
        notes.append(
            f"the main cycle was taken to be {wording.counted(season, 'step')}: of the usual cycles of such "
            "steps it repeats best in the training time (season = ... overrules)"
        )
    length = rule.length
    if not length:
        length = default_length(series, season, horizon)
        notes.append(f"a window of {length} steps is looked back on (windows.length overrules)")
    problem = problem.model_copy(
        update={
            "horizon": horizon,
            "season": season,
            "quantiles": problem.quantiles or DECILES,
            "step": problem.step or series.grid.words,
        }
    )
    rule = rule.model_copy(update={"length": length, "test_stride": rule.test_stride or horizon})
    return spec.model_copy(update={"problem": problem, "windows": rule}), notes


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


def entity_of_rows(frame: pl.DataFrame, spec: DatasetSpec) -> tuple[Int64 | None, tuple[str, ...]]:
    """(n,) number of each row's entity in the order of their names, and the names; None without a column."""
    found = next((c.name for c in spec.columns if c.role is Role.ENTITY), None)
    if found is None:
        return None, ()
    text = as_text(frame.get_column(found)).fill_null("")
    names = text.unique().sort()
    codes = text.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return codes, tuple(names.to_list())


def _left_out(series: Series, origins: Origins, spec: DatasetSpec) -> list[str]:
    """A note on the series that no window could be cut from."""
    used = np.unique(series.number[origins.stop - 1]).size
    if used == series.n_series:
        return []
    return [
        f"{wording.counted(series.n_series - used, 'series', 'series')} of {series.n_series:,} left out: "
        f"shorter than {_needed(spec)}, or with too many gaps"
    ]


def _needed(spec: DatasetSpec) -> str:
    rule, horizon = spec.windows or WindowRule(), spec.problem.horizon
    ahead = f" and a horizon of {horizon}" if spec.problem.kind is ProblemKind.FORECAST else ""
    return f"a window of {rule.length} steps{ahead}"


def _check(origins: Origins, log: Log, spec: DatasetSpec, classes: Sequence[str]) -> None:
    longest = int(np.diff(log.series.first).max())
    if not origins.stop.size:
        message = (
            f"series longer than {_needed(spec)} are required, however: the longest has {longest:,} steps"
        )
        remedy = "a shorter windows.length or horizon, or longer series"
        raise DataError("The windows cannot be cut", [Fault("dataset.windows", message, remedy)])
    faults = [
        Fault(
            "dataset.split",
            f"{_needed(spec)} must fit into every part, however: {name} has none",
            "larger shares for validation and test, a shorter horizon or window, or longer series",
        )
        for side, name in enumerate(PARTS)
        if not (origins.side == side).any()
    ]
    if classes and not faults:
        codes = log.target[origins.stop - 1]
        absent = len(classes) - np.unique(codes[origins.side == 0]).size
        if absent:
            message = f"training needs windows of all {len(classes)} classes, however: {absent} are absent"
            faults.append(Fault("dataset.split", message, "more series, or another split"))
    if faults:
        raise DataError("The windows cannot be divided", faults)


def _table(
    source: LoadedSource,
    log: Log,
    origins: Origins,
    cuts: Cuts | None,
    bands: Mapping[str, Sequence[float]],
    protected_as_features: bool,
    notes: list[str],
) -> tuple[RowsTable, _RowFacts]:
    spec, series = source.spec, log.series
    protected = [c for c in spec.columns if c.role is Role.PROTECTED]
    seen = {Role.FEATURE, Role.PROTECTED} if protected_as_features else {Role.FEATURE}
    channels = channel_names(spec)
    features = [c for c in spec.columns if c.role in seen and c.name not in channels]
    learnt = _training_rows(series, origins)
    fitted = [
        fit_groups(c, source.frame.get_column(c.name), learnt, tuple(bands.get(c.name, c.bands)))
        for c in protected
    ]
    attributes = [attribute for attribute, _ in fitted]
    columns = [c for c in spec.columns if c.role in (Role.FEATURE, Role.PROTECTED) and c.name not in channels]
    encoder = fit_encoder(source.frame, features, attributes, columns, spec.problem, source.classes, learnt)
    encoder["windows"] = describe_windows(spec, series, channels, cuts)
    facts = _read_facts(source)
    parts = [_part(source, log, encoder, facts, origins.stop[origins.side == side]) for side in range(3)]
    table = RowsTable(
        spec=spec,
        problem=spec.problem,
        classes=source.classes,
        features=tuple(table_feature(feature) for feature in encoder["features"]),
        attributes=tuple(Attribute(a["name"], a["label"], tuple(a["levels"])) for a in attributes),
        columns=tuple(c.name for c in columns),
        train=parts[0],
        validation=parts[1],
        test=parts[2],
        sha256=source.sha256,
        encoder=encoder,
        notes=(*source.notes, *notes, *(note for _, told in fitted for note in told)),
        request=source.request,
        entities=facts.entities,
        cells=FrameCells(
            source.frame,
            {
                name: _last_rows(log, origins, side)
                for side, name in enumerate(("train", "validation", "test"))
            },
        ),
    )
    return table, facts


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


@dataclass(frozen=True, slots=True, eq=False)
class _RowFacts:
    """What is read of all rows once, for the windows of all parts: weight, entity, carried columns."""

    weight: Float64 | None
    entity: Int64 | None
    entities: tuple[str, ...]
    carried: Mapping[str, NDArray[Any]]


def _read_facts(source: LoadedSource) -> _RowFacts:
    weight = next((c.name for c in source.spec.columns if c.role is Role.WEIGHT), None)
    weights = as_numbers(source.frame.get_column(weight)) if weight else None
    return _RowFacts(weights, *entity_of_rows(source.frame, source.spec), carried_columns(source))


def _part(
    source: LoadedSource, log: Log, encoder: Mapping[str, Any], facts: _RowFacts, stop: Int64
) -> RowsPart:
    """The windows that end before `stop`, encoded."""
    rows = log.series.row[stop - 1]
    return replace(
        window_rows(encoder, source.frame[rows], log, stop),
        row=source.row[rows],
        weight=None if facts.weight is None else facts.weight[rows],
        entity=None if facts.entity is None else facts.entity[rows],
        carried={name: values[rows] for name, values in facts.carried.items()},
    )


def window_rows(encoder: Mapping[str, Any], last: pl.DataFrame, log: Log, stop: Int64) -> RowsPart:
    """Windows by their last rows and their ends in the log.

    Args:
        encoder: The table's encoder.
        last: The last row of each window.
        log: The steps.
        stop: (n,) one past the last step of each window.
    """
    described = encoder["windows"]
    length, horizon = described["rule"]["length"], described["problem"]["horizon"]
    part = encode_frame(encoder, last)
    series = log.series
    history = History(
        values=log.values,
        codes=np.zeros((series.row.size, 0), dtype=np.int64),
        time=series.time,
        series=series.number,
        start=stop - length,
        stop=stop,
    )
    # Two windows are never taken for twins: each ends at a step of its own.
    changed: dict[str, Any] = {"row": stop - 1, "twin": stop, "twin_with_target": stop, "history": history}
    changed["time"] = series.time[stop - 1]
    if described["problem"]["kind"] == ProblemKind.FORECAST.value:
        changed["target"] = future(log, stop, horizon)
    return replace(part, **changed)


def future(log: Log, stop: Int64, horizon: int) -> Float64:
    """(n, horizon) values from each origin on, NaN where unknown or past the end of the series."""
    places = stop[:, None] + np.arange(horizon)
    end = log.series.first[log.series.number[stop - 1] + 1][:, None]
    values = log.target[np.minimum(places, log.target.size - 1)]
    return np.where(places < end, values, np.nan)
