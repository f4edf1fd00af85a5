"""Turns converted columns into arrays by a description that is plain JSON.

`fit_encoder` looks at training rows only; `encode_frame` needs nothing but the description, and gives
the same arrays bit for bit wherever it runs. Both the training table and new rows go through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from testamur.contracts.dataset import ColumnKind, ColumnSpec, Problem
from testamur.contracts.errors import DataError
from testamur.contracts.errors import Problem as Fault
from testamur.contracts.table import RowsPart
from testamur.data.column_types import as_text, type_column
from testamur.data.groups import group_codes
from testamur.data.quantile_map import apply_knots, fit_knots
from testamur.data.twins import twin_ids
from testamur.data.wording import column as where

VERSION = 1
RARE_ROWS = 3  # a level seen in fewer training rows is coded 0, together with missing and unseen ones


def fit_encoder(
    frame: pl.DataFrame,
    features: Sequence[ColumnSpec],
    attributes: Sequence[Mapping[str, Any]],
    columns: Sequence[ColumnSpec],
    problem: Problem,
    classes: Sequence[str],
    train: NDArray[np.int64],
) -> dict[str, Any]:
    """Describe the encoding of a table, JSON-ready.

    Args:
        frame: Converted rows.
        features: What the model sees.
        attributes: From `groups.fit_groups`.
        columns: Raw columns whose missing cells are counted.
        problem: What is predicted.
        classes: Labels in the order of their codes.
        train: Positions of the training rows.
    """
    fitted = [_fit_feature(column, frame.get_column(column.name).gather(train)) for column in features]
    numeric = [feature for feature in fitted if feature["kind"] == "numeric"]
    categorical = [feature for feature in fitted if feature["kind"] == "categorical"]
    return {
        "version": VERSION,
        "features": [*numeric, *categorical],
        "attributes": [dict(attribute) for attribute in attributes],
        "columns": [{"name": c.name, "source": (c.kind or ColumnKind.CATEGORICAL).value} for c in columns],
        "target": {"name": problem.target, "kind": problem.kind.value, "classes": list(classes)},
    }


def encode_frame(encoder: Mapping[str, Any], frame: pl.DataFrame) -> RowsPart:
    """Encode rows by a description; columns may be as read or already converted.

    The rows of a ranking are choices; encoded, there is one row per user with all of their choices as
    history (`histories.encode_histories`).

    Twins are numbered within `frame`. Without a target column the target is -1 (classes) or NaN;
    without a protected column its groups are -1 (missing).

    Args:
        encoder: From `fit_encoder`, or the same read back from JSON.
        frame: Rows with all feature columns.

    Raises:
        DataError: A feature column is absent or its cells are of another type; all are listed.
    """
    if "interactions" in encoder:
        from testamur.data.histories import encode_histories

        return encode_histories(encoder, frame)
    series, faults = _converted(encoder, frame)
    if faults:
        raise DataError("The rows cannot be encoded", faults)
    numeric = [f for f in encoder["features"] if f["kind"] == "numeric"]
    categorical = [f for f in encoder["features"] if f["kind"] == "categorical"]
    n = frame.height
    values, missing = _numeric_block(numeric, series, n)
    codes = np.zeros((n, len(categorical)), dtype=np.int64)
    for j, feature in enumerate(categorical):
        codes[:, j] = level_codes(feature["levels"], series[feature["name"]])
    groups = np.full((n, len(encoder["attributes"])), -1, dtype=np.int16)
    for j, attribute in enumerate(encoder["attributes"]):
        if attribute["name"] in series:
            groups[:, j] = group_codes(attribute, series[attribute["name"]])
    raw = [series[feature["name"]] for feature in encoder["features"]]
    target_name = encoder["target"]["name"]
    with_target = [*raw, series[target_name]] if target_name in series else raw
    part = RowsPart(
        row=np.arange(n, dtype=np.int64),
        numeric=values,
        missing=missing,
        categorical=codes,
        target=_target_codes(encoder["target"], series.get(target_name), n),
        groups=groups,
        absent=_absent(encoder["columns"], series, n),
        twin=twin_ids(raw) if raw else np.arange(n, dtype=np.int64),
        twin_with_target=twin_ids(with_target) if raw else np.arange(n, dtype=np.int64),
    )
    if "sequences" not in encoder:
        return part
    from testamur.data.sequences import encode_sequences

    return encode_sequences(encoder, frame, part)


def _fit_feature(column: ColumnSpec, train: pl.Series) -> dict[str, Any]:
    kind = column.kind or ColumnKind.CATEGORICAL
    described = {"name": column.name, "label": column.label or column.name, "source": kind.value}
    if kind is ColumnKind.CATEGORICAL:
        return {**described, "kind": "categorical", "levels": _frequent(as_text(train))}
    numbers = as_numbers(train)
    known = numbers[~np.isnan(numbers)]
    if kind is ColumnKind.BOOLEAN:
        fill = float(known.mean() >= 0.5) if known.size else 0.0
        return {**described, "kind": "numeric", "knots": [], "scores": [], "fill": fill}
    knots, scores = fit_knots(known)
    median = float(np.median(known)) if known.size else 0.0
    fill = float(apply_knots(np.array([median]), knots, scores)[0])
    return {**described, "kind": "numeric", "knots": knots, "scores": scores, "fill": fill}


def _frequent(train: pl.Series) -> list[str]:
    """Levels in enough training rows, sorted by name; level i has code i + 1."""
    counts = train.drop_nulls().alias("level").value_counts(name="n_rows")
    return sorted(counts.filter(pl.col("n_rows") >= RARE_ROWS).get_column("level").to_list())


def as_numbers(series: pl.Series) -> NDArray[np.float64]:
    """(n,) Float64, NaN where missing; truth values as 0 and 1, moments as seconds since 1970."""
    if isinstance(series.dtype, pl.Datetime):
        series = series.dt.epoch("us").cast(pl.Float64) / 1e6
    return series.cast(pl.Float64).to_numpy().astype(np.float64)


def _numeric_block(
    features: Sequence[Mapping[str, Any]], series: Mapping[str, pl.Series], n: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    values = np.zeros((n, len(features)), dtype=np.float32)
    missing = np.zeros((n, len(features)), dtype=np.bool_)
    for j, feature in enumerate(features):
        numbers = as_numbers(series[feature["name"]])
        absent = np.isnan(numbers)
        scored = apply_knots(numbers, feature["knots"], feature["scores"]) if feature["knots"] else numbers
        values[:, j] = np.where(absent, feature["fill"], scored)
        missing[:, j] = absent
    return values, missing


def level_codes(levels: Sequence[str], series: pl.Series) -> NDArray[np.int64]:
    """(n,) code of each level, counted from 1 in the order of `levels`; 0 = missing or not among them."""
    if not levels:
        return np.zeros(series.len(), dtype=np.int64)
    codes = as_text(series).replace_strict(
        list(levels), list(range(1, len(levels) + 1)), default=0, return_dtype=pl.Int64
    )
    return codes.fill_null(0).to_numpy().astype(np.int64)


def _target_codes(target: Mapping[str, Any], series: pl.Series | None, n: int) -> NDArray[Any]:
    if not target["classes"]:
        return np.full(n, np.nan) if series is None else as_numbers(series)
    if series is None:
        return np.full(n, -1, dtype=np.int64)
    classes = target["classes"]
    codes = as_text(series).replace_strict(
        classes, list(range(len(classes))), default=-1, return_dtype=pl.Int64
    )
    return codes.fill_null(-1).to_numpy().astype(np.int64)


def _absent(
    columns: Sequence[Mapping[str, str]], series: Mapping[str, pl.Series], n: int
) -> NDArray[np.bool_]:
    absent = np.ones((n, len(columns)), dtype=np.bool_)
    for j, column in enumerate(columns):
        if column["name"] in series:
            absent[:, j] = series[column["name"]].is_null().to_numpy()
    return absent


def _converted(encoder: Mapping[str, Any], frame: pl.DataFrame) -> tuple[dict[str, pl.Series], list[Fault]]:
    """The encoder's columns by name, each converted to its kind; features must all be there."""
    kinds = {column["name"]: ColumnKind(column["source"]) for column in encoder["columns"]}
    kinds |= {feature["name"]: ColumnKind(feature["source"]) for feature in encoder["features"]}
    target = encoder["target"]
    kinds[target["name"]] = ColumnKind.CATEGORICAL if target["classes"] else ColumnKind.NUMERIC
    needed = {feature["name"] for feature in encoder["features"]}
    known = set(frame.columns)
    faults = [
        Fault(where(name), "the feature is required, however: the rows have no such column")
        for name in kinds
        if name in needed - known
    ]
    series: dict[str, pl.Series] = {}
    for name, kind in kinds.items():
        if name in known:
            typed = type_column(frame.get_column(name), kind)
            series[name] = typed.series
            faults += [*typed.problems, *_infinite(typed.series)]
    return series, faults


def _infinite(series: pl.Series) -> list[Fault]:
    if series.dtype != pl.Float64 or not series.is_infinite().any():
        return []
    return [Fault(where(series.name), "finite numbers are required, however: some are infinite")]
