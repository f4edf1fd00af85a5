"""Long rows become series: their step is found, gaps become steps, and what cannot be placed is told."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.data.grid import Grid

from .long_rows import START, cut, draw_series, load


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    frame = draw_series()
    plain = load(frame, tmp_path).series
    mixed = load(frame.sample(fraction=1.0, shuffle=True, seed=1), tmp_path).series
    assert plain.names == mixed.names == ("s0", "s1", "s2", "s3")
    assert np.array_equal(plain.time, mixed.time)
    assert np.array_equal(plain.first, [0, 120, 240, 360, 480])


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (dt.timedelta(minutes=5), "5 minutes"),
        (dt.timedelta(hours=1), "hour"),
        (dt.timedelta(days=1), "day"),
        (dt.timedelta(days=7), "week"),
    ],
)
def test_the_step_is_found_and_told(tmp_path, step, words):
    source = load(draw_series(step=step), tmp_path)
    assert source.series.grid.words == words
    assert any(f"one step is a {words}" in note for note in source.notes)


def test_months_are_steps_although_they_differ_in_length(tmp_path):
    days = [dt.datetime(2010 + m // 12, m % 12 + 1, 28) for m in range(96)]
    frame = pl.DataFrame({"day": days, "sold": np.arange(96.0) % 12})
    source = load(frame.filter(pl.col("sold") != 5), tmp_path, entity=None, ignore=[])
    assert source.series.grid == Grid("months", 1)
    assert source.series.row.size == 96
    assert source.series.n_gaps == 8


def test_a_gap_becomes_steps_without_a_row(tmp_path):
    frame = draw_series(n_series=1)
    source = load(frame.filter(~pl.int_range(pl.len()).is_in([50, 51])), tmp_path)
    assert source.series.n_gaps == 2
    assert np.array_equal(np.flatnonzero(source.series.row < 0), [50, 51])
    assert any("2 of 120 steps have no row" in note for note in source.notes)
    gap = source.series.time[50] - source.series.time[49]
    assert gap == 86_400.0


def test_rows_are_steps_where_that_is_asked(tmp_path):
    """Trading days: Friday and Monday are neighbours."""
    days = [START + dt.timedelta(days=d) for d in range(200) if d % 7 < 5]
    frame = pl.DataFrame({"day": days, "sold": np.sin(np.arange(len(days)))})
    source = load(frame, tmp_path, entity=None, ignore=[], windows={"steps": "rows"})
    assert source.series.n_gaps == 0
    assert source.series.row.size == len(days)


def test_a_moment_that_comes_twice_is_counted_not_quoted(tmp_path):
    frame = pl.concat([draw_series(), draw_series().head(3)])
    with pytest.raises(DataError, match=r"3 rows of 1 series repeat a moment") as caught:
        load(frame, tmp_path)
    assert "2021" not in str(caught.value)


def test_irregular_dates_name_the_way_out(tmp_path):
    frame = draw_series(n_series=2)
    shifted = pl.when(pl.int_range(pl.len()) % 40 == 7).then(pl.col("day") + pl.duration(hours=5))
    with pytest.raises(DataError, match=r"6 rows of 2 of 2 series lie between two steps") as caught:
        load(frame.with_columns(day=shifted.otherwise(pl.col("day"))), tmp_path)
    assert "windows.steps = 'rows'" in str(caught.value)


def test_dates_that_are_mostly_gaps_are_irregular(tmp_path):
    """Two neighbouring seconds make no series of seconds out of yearly visits."""
    days = [
        START,
        START + dt.timedelta(seconds=1),
        *(START + dt.timedelta(days=365 * y) for y in range(1, 20)),
    ]
    frame = pl.DataFrame({"day": days, "sold": np.arange(21.0)})
    with pytest.raises(DataError, match="regular steps are required"):
        load(frame, tmp_path, entity=None, ignore=[])


def test_rows_without_a_place_are_refused_together(tmp_path):
    frame = draw_series().with_columns(
        day=pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise(pl.col("day")),
        shop=pl.when(pl.int_range(pl.len()) > 475).then(None).otherwise(pl.col("shop")),
    )
    with pytest.raises(DataError) as caught:
        load(frame, tmp_path)
    assert "2 are missing" in str(caught.value)
    assert "4 do not" in str(caught.value)


def test_a_forecast_states_time_and_horizon(tmp_path):
    with pytest.raises(DataError) as caught:
        load(draw_series(), tmp_path, time=None, horizon=None)
    assert "no horizon is given" in str(caught.value)
    assert "time" in str(caught.value)


def test_other_splits_and_quantiles_are_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        load(draw_series(), tmp_path, split={"kind": "random"}, quantiles=[0.9, 0.1])
    assert "rolling origins" in str(caught.value)
    assert "each greater than the one before" in str(caught.value)


def test_the_cycle_that_repeats_best_is_found(tmp_path):
    table = cut(draw_series(), tmp_path)
    assert table.problem.season == 7
    steps = draw_series(n_steps=240).with_columns(sold=pl.col("sold") * 0 + pl.int_range(pl.len()) % 240)
    rising = cut(steps, tmp_path)
    assert rising.problem.season == 1
    assert cut(draw_series(), tmp_path, season=3).problem.season == 3


def test_a_column_of_text_is_no_target_and_no_channel(tmp_path):
    with pytest.raises(DataError, match="numbers are required for forecast"):
        load(draw_series(), tmp_path, target="region", ignore=["sold", "price"])
    with pytest.raises(DataError, match="numbers are required of a channel"):
        load(draw_series(), tmp_path, ignore=[], windows={"length": 14, "channels": ["region"]})
