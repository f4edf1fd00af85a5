"""Finds out what a column holds and converts it: numbers, categories, truth values or moments."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from testamur.contracts.dataset import ColumnKind
from testamur.contracts.errors import Problem
from testamur.data import wording

TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
# Marks of missing values that people use; they are named in a remedy because they are nobody's data.
MISSING_MARKS = (
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "NULL",
    "null",
    "None",
    "none",
    ".",
    "-",
    "--",
    "?",
    "nil",
    "missing",
)
MOSTLY_NUMBERS = 0.5
ISO_DATE = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
DECIMAL_COMMA = r"^\s*[+-]?\d+(,\d+)?\s*$"


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A column after conversion: Float64, String, Boolean or Datetime (microseconds, UTC)."""

    series: pl.Series
    kind: ColumnKind
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def type_column(series: pl.Series, kind: ColumnKind | None) -> Typed:
    """Convert a raw column.

    Args:
        series: As read from the source.
        kind: What it was declared to be, or None to find it out.

    Returns:
        The converted column; with problems when cells do not fit, which are then missing.
    """
    raw = _plain(series)
    if raw is None:
        message = f"numbers, text, truth values or dates are required, however: {_type_name(series)}"
        problem = Problem(wording.column(series.name), message, "ignore the column, or flatten it")
        unread = pl.repeat(None, series.len(), dtype=pl.String, eager=True).alias(series.name)
        return Typed(unread, kind or ColumnKind.CATEGORICAL, (problem,))
    match kind:
        case ColumnKind.CATEGORICAL:
            return Typed(as_text(raw), kind)
        case ColumnKind.NUMERIC:
            return _numbers(raw, declared=True)
        case ColumnKind.BOOLEAN:
            return _truth_values(raw)
        case ColumnKind.DATETIME:
            return _moments(raw)
        case None:
            return _found_out(raw)


def as_text(series: pl.Series) -> pl.Series:
    """Categories as text: whole numbers without ``.0``, truth values as true and false."""
    if series.dtype == pl.String:
        return series
    if series.dtype == pl.Float64:
        finite = series.is_finite() & (series.abs() < 2**53)
        whole = (finite & (series == series.round(0))).fill_null(False)
        if whole.all() or (whole | series.is_null()).all():
            return series.cast(pl.Int64, strict=False).cast(pl.String)
    return series.cast(pl.String)


def _plain(series: pl.Series) -> pl.Series | None:
    """Float64, Int64-like, Boolean, String or Datetime; None for what is no such thing."""
    dtype = series.dtype
    if dtype.is_decimal() or dtype.is_float():
        return series.cast(pl.Float64).fill_nan(None)
    if dtype.is_integer() or dtype in (pl.Boolean, pl.String):
        return series
    if dtype in (pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    if isinstance(dtype, pl.Datetime):
        return (
            series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if dtype.time_zone else series
        ).dt.cast_time_unit("us")
    if dtype == pl.Date:
        return series.cast(pl.Datetime("us"))
    if dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    return series.cast(pl.String) if dtype == pl.Null else None


def _found_out(raw: pl.Series) -> Typed:
    if raw.dtype == pl.Boolean:
        return Typed(raw, ColumnKind.BOOLEAN)
    if isinstance(raw.dtype, pl.Datetime):
        return Typed(raw, ColumnKind.DATETIME)
    if raw.dtype != pl.String:
        return Typed(raw.cast(pl.Float64), ColumnKind.NUMERIC)
    filled = raw.len() - raw.null_count()
    if filled == 0:
        return Typed(raw, ColumnKind.CATEGORICAL)
    numbers = _parse_numbers(raw)
    n_numbers = numbers.len() - numbers.null_count()
    if n_numbers == filled:
        return _numbers(raw, declared=False)
    if _has_decimal_commas(raw):
        return _numbers(raw, declared=False)
    if n_numbers >= MOSTLY_NUMBERS * filled:
        return _mixed(raw, numbers)
    sample = raw.drop_nulls().head(1)[0]
    if sample.lower() in ("true", "false") and raw.str.to_lowercase().is_in(["true", "false"]).all():
        return _truth_values(raw)
    if raw.drop_nulls().head(1).str.contains(ISO_DATE).all() and raw.str.contains(ISO_DATE).all():
        return _moments(raw)
    return Typed(raw, ColumnKind.CATEGORICAL)


def _numbers(raw: pl.Series, *, declared: bool) -> Typed:
    if isinstance(raw.dtype, pl.Datetime):
        return Typed(raw.dt.epoch("us").cast(pl.Float64) / 1e6, ColumnKind.NUMERIC)
    if raw.dtype != pl.String:
        return Typed(raw.cast(pl.Float64), ColumnKind.NUMERIC)
    numbers = _parse_numbers(raw)
    if numbers.null_count() > raw.null_count():
        if _has_decimal_commas(raw):
            note = f"{wording.column(raw.name)}: the comma was read as decimal sign"
            return Typed(
                _parse_numbers(raw.str.replace(",", ".", literal=True)), ColumnKind.NUMERIC, (), (note,)
            )
        return _mixed(raw, numbers)
    return Typed(numbers.fill_nan(None), ColumnKind.NUMERIC)


def _parse_numbers(raw: pl.Series) -> pl.Series:
    numbers = raw.cast(pl.Float64, strict=False)
    if numbers.null_count() > raw.null_count():
        numbers = raw.str.strip_chars().cast(pl.Float64, strict=False)
    return numbers


def _has_decimal_commas(raw: pl.Series) -> bool:
    """True for ``1,5`` and the like throughout: numbers as large parts of Europe write them."""
    return bool(
        raw.drop_nulls().head(1).str.contains(DECIMAL_COMMA).all() and raw.str.contains(DECIMAL_COMMA).all()
    )


def _mixed(raw: pl.Series, numbers: pl.Series) -> Typed:
    wrong = numbers.is_null() & raw.is_not_null()
    n_wrong = int(wrong.sum())
    marks = [mark for mark in MISSING_MARKS if (raw.filter(wrong).str.strip_chars() == mark).any()]
    n_marks = int(raw.filter(wrong).str.strip_chars().is_in(marks).sum()) if marks else 0
    n_numbers = raw.len() - raw.null_count() - n_wrong
    problem = Problem(
        wording.column(raw.name),
        f"numbers are required in every row, however: {wording.counted(n_wrong, 'cell')} of text "
        f"among {n_numbers:,} numbers ({wording.rows(wrong.arg_true().to_list())})",
        f"null_values = {list(marks)!r}"
        + ("" if n_marks == n_wrong else ", and categorical or a correction for the rest")
        if marks
        else "name the mark of missing values in null_values, or the column in categorical",
    )
    return Typed(numbers.fill_nan(None), ColumnKind.NUMERIC, (problem,))


def _truth_values(raw: pl.Series) -> Typed:
    if raw.dtype == pl.Boolean:
        return Typed(raw, ColumnKind.BOOLEAN)
    text = (
        as_text(raw if raw.dtype == pl.String else raw.cast(pl.Float64)).str.strip_chars().str.to_lowercase()
    )
    truth = text.replace_strict(
        [*TRUE, *FALSE], [True] * len(TRUE) + [False] * len(FALSE), default=None, return_dtype=pl.Boolean
    )
    wrong = truth.is_null() & raw.is_not_null()
    if not wrong.any():
        return Typed(truth, ColumnKind.BOOLEAN)
    problem = Problem(
        wording.column(raw.name),
        "truth values (true/false, yes/no, 1/0) are required, however: "
        f"{wording.counted(int(wrong.sum()), 'other cell')} ({wording.rows(wrong.arg_true().to_list())})",
        "declare the column categorical, or name the mark of missing values in null_values",
    )
    return Typed(truth, ColumnKind.BOOLEAN, (problem,))


def _moments(raw: pl.Series) -> Typed:
    if isinstance(raw.dtype, pl.Datetime):
        return Typed(raw, ColumnKind.DATETIME)
    text = raw.cast(pl.String)
    moments = parse_moments(text)
    wrong = moments.is_null() & text.is_not_null()
    if not wrong.any():
        return Typed(moments, ColumnKind.DATETIME)
    problem = Problem(
        wording.column(raw.name),
        "dates such as 2024-05-31 or 2024-05-31T08:00:00 are required, however: "
        f"{wording.counted(int(wrong.sum()), 'other cell')} ({wording.rows(wrong.arg_true().to_list())})",
        "write dates as year-month-day, or declare the column categorical",
    )
    return Typed(moments, ColumnKind.DATETIME, (problem,))


def parse_moments(text: pl.Series) -> pl.Series:
    """ISO dates and moments as Datetime (microseconds, UTC); null where a cell is none."""
    clean = text.str.strip_chars().str.replace(r"Z$", "+00:00").str.replace(" ", "T", literal=True)
    zoned = clean.str.contains(r"T.*[+-]\d{2}:?\d{2}$").fill_null(False)
    with_zone = clean.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us", time_zone="UTC"
    )
    local = [
        clean.str.to_datetime(form, strict=False, time_unit="us")
        for form in ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")
    ]
    dates = clean.str.to_date("%Y-%m-%d", strict=False, exact=True).cast(pl.Datetime("us"))
    found = with_zone.dt.replace_time_zone(None).zip_with(zoned, dates)
    for moments in local:
        found = found.zip_with(found.is_not_null(), moments)
    return found


def _type_name(series: pl.Series) -> str:
    return f"values of type {series.dtype.base_type().__name__}"
