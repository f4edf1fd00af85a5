"""Series become windows: none looks into the next part, none crosses a series, new series are cut alike."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import SplitKind, SplitRule, WindowRule
from testamur.contracts.errors import DataError
from testamur.data.grid import Grid
from testamur.data.origins import find_cuts, forecast_origins
from testamur.data.series import Series
from testamur.data.window_encoding import encode_windows
from testamur.data.windows import build_windows

from .long_rows import cut, draw_series, load


def test_a_window_is_a_stretch_of_one_log_and_its_future_follows(tmp_path):
    table = cut(draw_series(), tmp_path, windows={"length": 21})
    for part in (table.train, table.validation, table.test):
        log = part.history
        assert log.values is table.train.history.values  # shared: memory grows with the rows, not the windows
        assert (log.stop - log.start == 21).all()
        assert (log.series[log.start] == log.series[log.stop - 1]).all()
        following = log.values[log.stop[:, None] + np.arange(7), 0]
        assert np.array_equal(following, part.target.astype(np.float32))


def test_the_same_value_is_never_learnt_from_and_tested_on(tmp_path):
    table = cut(draw_series(), tmp_path)
    log = table.train.history
    last_learnt = log.time[table.train.history.stop + 6].max()
    first_held = log.time[table.validation.history.stop].min()
    last_held = log.time[table.validation.history.stop + 6].max()
    first_tested = log.time[table.test.history.stop].min()
    assert last_learnt < first_held
    assert last_held < first_tested


@settings(max_examples=80, deadline=None)
@given(
    lengths=st.lists(st.integers(3, 60), min_size=1, max_size=6),
    length=st.integers(1, 10),
    horizon=st.integers(1, 8),
    stride=st.integers(1, 5),
    shares=st.tuples(st.floats(0.1, 0.4), st.floats(0.1, 0.4)),
)
def test_origins_keep_the_parts_apart_whatever_the_series(lengths, length, horizon, stride, shares):
    first = np.r_[0, np.cumsum(lengths)].astype(np.int64)
    number = np.repeat(np.arange(len(lengths)), lengths)
    steps = np.arange(first[-1])
    time = (steps - first[number]).astype(np.float64)
    series = Series(Grid("numbers", 1.0), steps, number, time, first, tuple("abcdef"[: len(lengths)]))
    rule = SplitRule(kind=SplitKind.ROLLING, validation=shares[0], test=shares[1])
    cuts = find_cuts(series, rule)
    found = forecast_origins(
        series, np.ones(steps.size), WindowRule(length=length, stride=stride), horizon, cuts
    )
    assert (found.side >= 0).all()
    end = time[found.stop + horizon - 1]
    begin = time[found.stop]
    assert (end[found.side == 0] < cuts.validation).all()
    assert (begin[found.side == 1] >= cuts.validation).all()
    assert (end[found.side == 1] < cuts.test).all()
    assert (begin[found.side == 2] >= cuts.test).all()
    assert (number[found.stop - length] == number[found.stop - 1]).all()
    assert (number[found.stop + horizon - 1] == number[found.stop - 1]).all()
    for side, every in ((0, stride), (1, horizon), (2, horizon)):
        for one in np.unique(number[found.stop - 1]):
            mine = found.stop[(found.side == side) & (number[found.stop - 1] == one)]
            assert (np.diff(mine) % every == 0).all()


def test_a_series_that_is_too_short_is_left_out_with_a_note(tmp_path):
    frame = pl.concat([draw_series(), draw_series(1, 15).with_columns(shop=pl.lit("new"))])
    table = cut(frame, tmp_path, windows={"length": 14})
    assert any("1 series of 5 left out: shorter than a window of 14 steps" in note for note in table.notes)


def test_series_that_are_all_too_short_are_an_error(tmp_path):
    with pytest.raises(DataError, match="the longest has 30 steps"):
        cut(draw_series(n_steps=30), tmp_path, windows={"length": 28})


def test_a_part_without_windows_is_named(tmp_path):
    with pytest.raises(DataError, match="test has none"):
        cut(
            draw_series(n_steps=60), tmp_path, windows={"length": 14}, split={"validation": 0.4, "test": 0.05}
        )


def test_features_groups_and_carried_columns_are_those_of_the_last_row(tmp_path):
    frame = draw_series().with_columns(shelf=pl.int_range(pl.len()).sqrt())
    table = cut(frame, tmp_path, ignore=["price"], protected=["region"], windows={"length": 14})
    assert [f.name for f in table.features] == ["shelf"]
    last = table.test.history.stop - 1
    assert np.array_equal(table.test.row, last)  # these rows lie in the order of the log
    assert {table.attributes[0].levels[g] for g in table.test.groups[:, 0]} == {"north", "south"}
    assert (np.diff(table.test.numeric[:, 0].reshape(4, -1), axis=1) >= 0).all()


def test_unknown_values_stay_unknown_in_log_and_target(tmp_path):
    frame = draw_series().with_columns(
        sold=pl.when(pl.int_range(pl.len()) == 110).then(None).otherwise(pl.col("sold"))
    )
    table = cut(frame, tmp_path, windows={"length": 14})
    assert np.isnan(table.train.history.values[110, 0])
    assert np.isnan(table.test.target).sum() == 1


def test_new_series_are_cut_at_their_last_known_value(tmp_path):
    frame = draw_series()
    table = cut(frame, tmp_path, windows={"length": 14})
    new = draw_series(3, 40, seed=9).select("shop", "day", "sold")
    told = encode_windows(table.encoder, new.sample(fraction=1.0, shuffle=True, seed=3))
    assert told.names == ("s0", "s1", "s2")
    assert told.part.target.shape == (3, 7)
    assert np.isnan(told.part.target).all()
    window = told.part.history.values[told.part.history.start[1] : told.part.history.stop[1], 0]
    wanted = new.filter(pl.col("shop") == "s1")["sold"].tail(14).to_numpy()
    assert np.array_equal(window, wanted.astype(np.float32))


def test_rows_after_the_last_known_value_state_what_is_known_ahead(tmp_path):
    table = cut(draw_series(), tmp_path, ignore=["region"], windows={"length": 14, "known_ahead": ["price"]})
    assert table.encoder["windows"]["channels"] == ["sold", "price"]
    new = draw_series(1, 47, seed=9).with_columns(
        sold=pl.when(pl.int_range(pl.len()) >= 40).then(None).otherwise(pl.col("sold"))
    )
    part = encode_windows(table.encoder, new).part
    assert part.history.stop.tolist() == [40]
    assert part.history.values.shape[0] == 47


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop("sold"), "the column is required"),
        (lambda f: f.with_columns(sold=pl.lit("many")), "numbers are required"),
        (lambda f: f.head(10), "series of at least 14 steps"),
        (lambda f: f.gather_every(2), "steps of a day are required, as in training"),
    ],
)
def test_new_series_that_do_not_fit_are_told(tmp_path, change, words):
    table = cut(draw_series(), tmp_path, windows={"length": 14})
    with pytest.raises(DataError, match=words):
        encode_windows(table.encoder, change(draw_series(1, 40, seed=9)))


def recordings(n_people: int = 8) -> pl.DataFrame:
    """Two recordings a person, one of each label, whose waves differ in pace."""
    r = np.random.default_rng(0)
    steps = np.arange(60)
    return pl.concat(
        pl.DataFrame(
            {
                "person": [f"p{i}"] * 60,
                "recording": [f"p{i} {label}"] * 60,
                "x": np.sin(steps * pace + r.uniform(0, 6)) + r.normal(0, 0.1, 60),
                "y": r.normal(0, 1, 60),
                "label": [label] * 60,
            }
        )
        for i in range(n_people)
        for label, pace in (("slow", 0.2), ("fast", 0.9))
    )


RECORDED = {
    "problem": "binary", "target": "label", "time": None, "entity": "person", "horizon": None, "ignore": [],
    "windows": {"length": 20, "stride": 5, "test_stride": 20, "within": "recording"},
}  # fmt: skip


def test_windows_of_recordings_keep_people_together_and_recordings_apart(tmp_path):
    table = cut(recordings(), tmp_path, **RECORDED)
    assert table.encoder["windows"]["channels"] == ["x", "y"]
    people = [set(part.entity.tolist()) for part in (table.train, table.validation, table.test)]
    assert not people[0] & people[1]
    assert not people[1] & people[2]
    assert not people[0] & people[2]
    for part in (table.train, table.validation, table.test):
        assert (part.history.series[part.history.start] == part.history.series[part.history.stop - 1]).all()
    assert table.spec.subjects == "windows of people"
    assert table.entities[0] == "p0"


def test_windows_without_a_person_are_divided_by_series(tmp_path):
    rule = {**RECORDED, "entity": "recording", "ignore": ["person"], "split": {"kind": "random"}}
    table = cut(recordings(), tmp_path, **rule)
    sides = [
        set(p.history.series[p.history.stop - 1].tolist())
        for p in (table.train, table.validation, table.test)
    ]
    assert not sides[0] & sides[2]
    assert not sides[0] & sides[1]


def test_a_row_without_a_label_ends_no_window_but_is_seen_in_one(tmp_path):
    unlabelled = pl.int_range(pl.len()) % 60 == 24
    frame = recordings().with_columns(label=pl.when(unlabelled).then(None).otherwise(pl.col("label")))
    table = cut(frame, tmp_path, **RECORDED)
    ends = np.concatenate([p.history.stop - 1 for p in (table.train, table.validation, table.test)])
    assert not (ends % 60 == 24).any()
    assert (ends % 60 == 19).any()


def test_new_recordings_need_no_label(tmp_path):
    table = cut(recordings(), tmp_path, **RECORDED)
    told = encode_windows(table.encoder, recordings(2).drop("label"))
    assert told.part.n_rows == 2 * 2 * 3  # ends at 19, 39, 59 of each recording
    assert set(told.names) == {"p0 slow", "p0 fast", "p1 slow", "p1 fast"}
    assert told.entities == ("p0", "p1")


def test_length_and_channels_are_asked_for(tmp_path):
    with pytest.raises(DataError, match="the number of steps is required"):
        cut(recordings(), tmp_path, **{**RECORDED, "windows": {"within": "recording"}})
    with pytest.raises(DataError, match="there is no 'session'"):
        cut(recordings(), tmp_path, **{**RECORDED, "windows": {"length": 20, "within": "session"}})


def test_no_window_is_a_twin_of_another(tmp_path):
    table = cut(draw_series(), tmp_path)
    twins = np.concatenate([p.twin for p in (table.train, table.validation, table.test)])
    assert np.unique(twins).size == twins.size
    assert dataclasses.is_dataclass(table.train.history)


@pytest.mark.parametrize("stride", [1, 3])
def test_everything_before_the_test_is_cut_where_it_is_to_be_learnt_anew(tmp_path, stride):
    asked = load(draw_series(), tmp_path, windows={"length": 21, "stride": stride})
    table, plain = (build_windows(asked, seed=0, bands={}, refit=refit) for refit in (True, False))
    assert plain.whole is None
    assert table.encoder == plain.encoder
    log, whole = table.train.history, table.whole
    cut_at = log.time[table.test.history.stop].min()
    ends = log.time[whole.history.stop + 6]
    assert ends.max() < cut_at <= ends.max() + stride * 86_400.0 + 1e-6
    assert np.array_equal(np.unique(log.series[whole.history.stop - 1]), np.arange(4))
    assert set(whole.history.stop) >= set(table.validation.history.stop) if stride == 1 else True
    own = whole.history.stop[log.series[whole.history.stop - 1] == 0]
    assert (np.diff(own) == stride).all()
    following = log.values[whole.history.stop[:, None] + np.arange(7), 0]
    assert np.array_equal(following, whole.target.astype(np.float32))
