"""Long rows of drawn series, and a shorthand to load and cut them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from testamur.contracts.job import DatasetRequest
from testamur.data.load import LoadedSource, load_source
from testamur.data.windows import build_windows

START = dt.datetime(2021, 1, 1)


def draw_series(
    n_series: int = 4, n_steps: int = 120, *, step: dt.timedelta = dt.timedelta(days=1), seed: int = 0
) -> pl.DataFrame:
    """Series that repeat every seven steps, with noise: shop, region, day, sold, price."""
    r = np.random.default_rng(seed)
    wave = np.sin(np.arange(n_steps) * 2 * np.pi / 7)
    return pl.concat(
        pl.DataFrame(
            {
                "shop": [f"s{i}"] * n_steps,
                "region": [("north", "south")[i % 2]] * n_steps,
                "day": [START + t * step for t in range(n_steps)],
                "sold": 10.0 * (i + 1) + 5 * wave + r.normal(0, 0.5, n_steps),
                "price": r.uniform(1, 2, n_steps),
            }
        )
        for i in range(n_series)
    )


def load(frame: pl.DataFrame, folder: Path, **request: object) -> LoadedSource:
    """Load a frame as a job would; by default a forecast of seven days."""
    path = folder / "rows.parquet"
    frame.write_parquet(path)
    asked = {
        "path": str(path), "problem": "forecast", "target": "sold", "time": "day", "entity": "shop",
        "horizon": 7, "ignore": ["region", "price"], **request,
    }  # fmt: skip
    return load_source(DatasetRequest.parse(asked), None, base=folder)


def cut(frame: pl.DataFrame, folder: Path, **request: object):
    """The table of windows of a frame."""
    return build_windows(load(frame, folder, **request), seed=0, bands={})
