"""From a monitor's readings to rows on a grid of five minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars

from testamur.contracts.errors import DataError, Problem
from testamur_health.wearable.kinds import GLUCOSE, MG_DL_PER_MMOL_L

STEP = "5m"
HALF_STEP = "150s"
MMOL_BELOW = 35.0  # a median below it is no mg/dL: 35 mg/dL is deep hypoglycaemia, 35 mmol/L past the scale
UNITS = {"mg/dl": 1.0, "mmol/l": MG_DL_PER_MMOL_L}


def prepare(frame: polars.DataFrame) -> tuple[polars.DataFrame, list[str]]:
    """Put readings on the grid; of several at one moment the last counts.

    Args:
        frame: ``datetime`` and ``glucose``; where they are there, ``person`` and ``unit`` (``mg/dL`` or
            ``mmol/L``, row by row).

    Returns:
        ``person, moment, glucose`` (mg/dL), ``day_sine, day_cosine`` (place in the day); and notes.

    Raises:
        DataError: Units are unknown, or readings look like mmol/L without saying so.
    """
    import polars as pl

    notes: list[str] = []
    value = _in_mg_dl(frame)
    told = frame.with_columns(value.alias("glucose"))
    possible = pl.col("glucose").is_between(GLUCOSE.low, GLUCOSE.high)
    usable = told.filter(possible & pl.col("datetime").is_not_null())
    if n_lost := told.height - usable.height:
        notes.append(
            f"{n_lost:,} readings left out: no moment, or not between {GLUCOSE.low:g} and "
            f"{GLUCOSE.high:g} mg/dL"
        )
    person = pl.col("person").cast(pl.String) if "person" in frame.columns else pl.lit("the person")
    moment = pl.col("datetime").dt.offset_by(HALF_STEP).dt.truncate(STEP)
    rows = (
        usable.sort("datetime", maintain_order=True)
        .select(person.alias("person"), moment.alias("moment"), "glucose")
        .unique(["person", "moment"], keep="last", maintain_order=True)
        .sort("person", "moment")
    )
    if n_same := usable.height - rows.height:
        notes.append(f"{n_same:,} readings fell on a moment of another; the last of each counts")
    angle = (pl.col("moment").dt.hour() * 60.0 + pl.col("moment").dt.minute()) * (
        2 * 3.141592653589793 / 1440
    )
    return rows.with_columns(day_sine=angle.sin(), day_cosine=angle.cos()), notes


def _in_mg_dl(frame: polars.DataFrame) -> polars.Series:
    """Readings in mg/dL, by their stated unit, else as they are once they can be mg/dL."""
    import polars as pl

    value = frame.get_column("glucose").cast(pl.Float64)
    if "unit" in frame.columns:
        unit = frame.get_column("unit").cast(pl.String).str.strip_chars().str.to_lowercase()
        factor = unit.replace_strict(UNITS, default=None, return_dtype=pl.Float64)
        if n_unknown := int((factor.is_null() & value.is_not_null()).sum()):
            raise _refused(
                f"the unit mg/dL or mmol/L is required in every row, however: {n_unknown:,} have none"
            )
        return value * factor
    median = value.drop_nulls().median()
    if isinstance(median, float) and median < MMOL_BELOW:
        raise _refused(
            "readings in mg/dL are required, however: half of them lie below 35, as mmol/L do",
            "add a column unit with mmol/L in every row, and name it in the job's columns",
        )
    return value


def _refused(message: str, remedy: str = "") -> DataError:
    return DataError("The readings cannot be used", [Problem("column 'glucose'", message, remedy)])
