"""From an export to the daily table that monitoring looks at: a resting heart rate must be in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError, Problem
from testamur_health.monitoring.days import TARGET
from testamur_health.wearable.daily import BIN_S, FEWEST_BINS
from testamur_health.wearable.read import read_daily


def read_person(path: Path, options: ReadOptions) -> tuple[polars.DataFrame, list[str]]:
    """The daily table of `read_daily`.

    Args:
        path: See there.
        options: See there.

    Raises:
        DataError: As there; or no day has a resting heart rate, neither recorded nor made.
    """
    frame, notes = read_daily(path, options)
    if frame.get_column(TARGET).null_count() < frame.height:
        return frame, notes
    message = (
        f"a resting heart rate is required on some days: recorded, or heart rate in {FEWEST_BINS} stretches "
        f"of {BIN_S // 60} minutes a day and more, however: none of {frame.height:,} days has either"
    )
    faults = [Problem(path.name, message, "export heart rate as it was measured, not by the hour")]
    raise DataError(
        "The health export cannot be used", [*faults, *(Problem(path.name, note) for note in notes)]
    )
