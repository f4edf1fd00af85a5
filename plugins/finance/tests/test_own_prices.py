"""A user's own prices in the place of the declared ones: columns mapped, faults told before training."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur.data.windows import build_windows
from testamur_finance.datasets.markets import SP500, STOCKS
from testamur_finance.market.series import next_return, pasts

NAMES = {"date": "Day", "price": "Close", "series": "Ticker"}


def write(path: Path, n_series: int = 2, n_days: int = 1500, spoil: float | None = None) -> Path:
    rng = np.random.default_rng(0)
    rows = []
    for series in range(n_series):
        prices = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, n_days)))
        days = [datetime(2015, 1, 1) + timedelta(days=i) for i in range(n_days)]
        rows.append(pl.DataFrame({"Day": days, "Ticker": [f"T{series}"] * n_days, "Close": prices}))
    frame = pl.concat(rows)
    if spoil is not None:
        frame[700, "Close"] = spoil
    frame.write_csv(path)
    return path


def load(spec: DatasetSpec, path: Path, **names: str):
    request = DatasetRequest(use=spec.key, path=str(path), columns=names)
    return load_source(request, spec, base=path.parent)


def test_own_prices_become_windows_of_returns(tmp_path):
    source = load(STOCKS, write(tmp_path / "own.csv"), **NAMES)
    table = build_windows(source, seed=0, bands={})
    assert table.entities == ("T0", "T1")
    assert not np.isnan(next_return(table.test)).any()
    returns = next(pasts(table.test)).returns
    prices = pl.read_csv(tmp_path / "own.csv").filter(pl.col("Ticker") == "T0")["Close"].to_numpy()
    assert returns == pytest.approx(100 * np.diff(np.log(prices))[250:], abs=1e-4)


def test_one_series_needs_no_name(tmp_path):
    source = load(SP500, write(tmp_path / "own.csv", n_series=1), date="Day", price="Close")
    assert build_windows(source, seed=0, bands={}).test.n_rows > 100


@pytest.mark.parametrize(
    ("price", "words"), [(0.0, "a price above 0"), (9999.0, "adjust the prices for splits")]
)
def test_what_is_no_price_is_refused_before_training(tmp_path, price, words):
    with pytest.raises(DataError) as caught:
        load(STOCKS, write(tmp_path / "own.csv", spoil=price), **NAMES)
    assert words in str(caught.value)
    assert "9999" not in str(caught.value)


def test_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="Closing"):
        load(SP500, write(tmp_path / "own.csv", n_series=1), date="Day", price="Closing")
