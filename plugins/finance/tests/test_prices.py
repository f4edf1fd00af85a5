from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.errors import DataError
from testamur_finance.market.features import prepare_returns
from testamur_finance.market.prices import make_returns


def walk(n=1000, seed=0, series="a") -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    price = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    days = [datetime(2000, 1, 1) + timedelta(days=i) for i in range(n)]
    return pl.DataFrame({"date": days, "series": [series] * n, "price": price})


def test_returns_are_log_returns_in_per_cent():
    frame = pl.DataFrame({"date": ["2020-01-01", "2020-01-02"], "price": ["100", "101"]})
    assert make_returns(frame)["ret"].to_list() == pytest.approx([100 * np.log(1.01)])


@given(st.floats(min_value=0.01, max_value=1e6))
def test_the_unit_of_money_does_not_matter(factor):
    frame = walk(20)
    scaled = frame.with_columns(pl.col("price") * factor)
    assert make_returns(scaled)["ret"].to_list() == pytest.approx(make_returns(frame)["ret"].to_list())


def test_the_order_of_the_rows_does_not_matter():
    frame = walk(50)
    assert make_returns(frame.sample(fraction=1, shuffle=True, seed=1)).equals(make_returns(frame))


def test_every_fault_is_told_at_once_and_no_price_is_quoted():
    frame = pl.DataFrame(
        {
            "date": ["2020-01-01", "2020-01-02", "2020-01-02", "?", "2020-01-03", "2020-01-06", "2020-03-06"],
            "price": ["131.25", "132.5", "133.75", "134", "0", "-7.125", "66.5"],
        }
    )
    with pytest.raises(DataError) as caught:
        make_returns(frame)
    text = str(caught.value)
    assert "a date is required" in text
    assert "a price above 0 is required, however: not in 2 rows, first in row 5" in text
    assert "one price per series and day" in text
    assert "calendar days between prices" in text
    assert "131.25" not in text
    assert "-7.125" not in text


def test_a_split_is_refused():
    frame = walk(30).with_columns(
        price=pl.when(pl.int_range(pl.len()) >= 15).then(pl.col("price") / 2).otherwise(pl.col("price"))
    )
    with pytest.raises(DataError, match="adjust the prices for splits"):
        make_returns(frame)


def test_an_absent_column_is_named_with_the_remedy():
    with pytest.raises(DataError) as caught:
        make_returns(pl.DataFrame({"day": ["2020-01-01"], "close": [1.0]}))
    assert "'date'" in str(caught.value)
    assert "columns = { price" in str(caught.value)


def test_a_short_series_is_refused_before_it_is_trained_on():
    with pytest.raises(DataError, match="1 of 2 series have fewer"):
        prepare_returns(pl.concat([walk(1000), walk(300, series="b")]))


def test_nothing_looks_ahead():
    whole = prepare_returns(pl.concat([walk(1200, 0, "a"), walk(1200, 1, "b")]))
    cut = prepare_returns(pl.concat([walk(1000, 0, "a"), walk(1000, 1, "b")]))
    seen = whole.join(cut, on=["series", "date"], how="inner", suffix="_cut")
    assert seen.height == cut.height
    for name in ("ret", "vol", "market"):
        assert seen[name].to_list() == pytest.approx(seen[f"{name}_cut"].to_list())


def test_volatility_is_the_recursion_of_riskmetrics():
    frame = prepare_returns(walk(1000))
    ret, vol = frame["ret"].to_numpy(), frame["vol"].to_numpy()
    assert vol[1:] ** 2 == pytest.approx(0.94 * vol[:-1] ** 2 + 0.06 * ret[1:] ** 2)
