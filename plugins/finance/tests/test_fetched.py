"""What needs a fetch: the mortgages and the prices, brought into the user's cache once."""

from __future__ import annotations

import bz2
from pathlib import Path

import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur_finance.credit.loanapp import prepare_loanapp, read_loanapp
from testamur_finance.datasets.loanapp import LOANAPP
from testamur_finance.datasets.markets import SP500, STOCKS
from testamur_finance.market.features import prepare_returns
from testamur_finance.market.read import read_index, read_stocks


def test_the_mortgages_are_those_of_the_study_and_hold_no_leak(fetched):
    fetched(LOANAPP)
    frame = load_source(DatasetRequest(use=LOANAPP.key), LOANAPP, base=Path.cwd()).frame
    assert frame.height == 1989
    assert (frame["decision"] == "denied").sum() == 244
    assert frame["race"].value_counts().sort("count")["count"].to_list() == [111, 197, 1681]
    assert not set(frame.columns) & set(LOANAPP.leaks)
    assert frame["term"].max() < 1000  # the code for "unknown" is blank


def test_the_stocks_begin_after_the_split_that_is_not_adjusted(fetched):
    returns = prepare_returns(read_stocks(fetched(STOCKS)))
    assert returns["series"].n_unique() == 20
    assert returns["ret"].abs().max() < 75
    assert sum(returns.null_count().row(0)) == 0


def test_the_index_has_a_return_per_trading_day(fetched):
    returns = prepare_returns(read_index(fetched(SP500)))
    assert returns.height == 5030 - 250
    assert "market" not in returns.columns


def test_mortgages_without_a_group_are_refused_by_name():
    frame = pl.DataFrame({"approve": [1, 0], "black": [0, 1], "hispan": [0, 0], "married": [1, 1]})
    with pytest.raises(DataError) as caught:
        prepare_loanapp(frame)
    assert "'male'" in str(caught.value)
    assert "'old'" in str(caught.value)


def test_a_file_that_is_none_is_told(tmp_path):
    path = tmp_path / "loanapp.csv.bz2"
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="bzip2"):
        read_loanapp(path)
    path.write_bytes(bz2.compress(b"x" * 20_000_001))
    with pytest.raises(DataError, match="20,000,000"):
        read_loanapp(path)
    prices = tmp_path / "prices.csv.gz"
    prices.write_bytes(b"no archive")
    for read in (read_index, read_stocks):
        with pytest.raises(DataError, match="gzip"):
            read(prices)
