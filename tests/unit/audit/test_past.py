"""What rows look back on: each row can be given another past, and what that costs is measured rightly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from testamur.audit import explanation, robustness
from testamur.audit.golden_forecast import around, make_forecast
from testamur.audit.golden_past import NextItem, OneStep, answers_world, choices_world, windows_world
from testamur.audit.own_past import age_of, keep_steps, windows_of
from testamur.audit.past_blocks import blocks_of
from testamur.audit.past_exchange import exchange_channel, exchange_steps
from testamur.audit.past_lost import with_gap, with_latest_only, with_noise, with_steps_lost
from testamur.audit.run import run_check
from testamur.audit.shown_again import without_known
from testamur.audit.tried_past import tried_past
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import History, Predictions

RNG = np.random.default_rng(5)


def ran(given, check):
    entry, outcome = run_check(given, check)
    assert entry.status is CheckStatus.DONE, entry.reason
    return {f.subject: f for f in outcome.findings}


@pytest.mark.parametrize("world", [windows_world(2), answers_world(), choices_world()])
def test_a_past_that_is_copied_out_is_answered_as_the_shared_one(world):
    rows = tried_past(world, RNG, most=100)
    copied, shared = world.predictor.predict(rows.part), world.predictor.predict(world.table.test)
    for name in ("quantiles", "probabilities", "ranked"):
        found, known = getattr(copied, name), getattr(shared, name)
        assert (found is None) == (known is None)
        if found is not None:
            assert np.array_equal(found, known[rows.positions])


def test_what_comes_is_not_in_the_past_that_is_copied():
    forecast = tried_past(windows_world(1), RNG, most=50)
    assert np.isnan(forecast.log.values[forecast.log.stop, 0]).all()
    lists = tried_past(choices_world(), RNG, most=50)
    assert (lists.log.codes[lists.log.stop, 0] == 0).all()
    answers = tried_past(answers_world(), RNG, most=50)
    assert (answers.log.codes[answers.log.stop, 1] == -1).all()
    assert (answers.log.codes[answers.log.stop, 0] == 3).all()  # the item that is asked stays


def test_importance_of_a_channel_is_what_the_exchange_costs_and_0_where_nobody_looks():
    found = ran(windows_world(1, channel=1), explanation.IMPORTANCE)
    assert list(found) == ["x", "y"]
    assert found["x"].value == pytest.approx(1.0, abs=0.1)
    assert found["x"].low < 1.0 < found["x"].high
    assert (found["y"].value, found["y"].low, found["y"].high) == (0.0, 0.0, 0.0)


def test_only_the_step_that_the_model_looks_at_matters():
    found = ran(windows_world(3), explanation.PAST)
    assert list(found) == ["1 step back", "2 steps back", "3 steps back", "4 steps back"]
    assert [f.value for f in found.values() if f.subject != "3 steps back"] == [0.0] * 3
    assert found["3 steps back"].low > 0.5


def test_an_exchanged_target_keeps_level_and_spread_and_leaves_the_neighbours_alone():
    rows = tried_past(windows_world(1), RNG, most=60)
    windows = windows_of(rows.log)
    windows[:, :, 0] = windows[:, :, 0] * RNG.uniform(1, 9, (60, 1)) + RNG.normal(size=(60, 1))
    log = rows.log
    log.values[log.start[:, None] + np.arange(4)] = windows
    made = exchange_channel(rows, 0, RNG.permutation(60), forecast=True)
    after = windows_of(made.history)
    assert np.allclose(after[:, :, 0].mean(axis=1), windows[:, :, 0].mean(axis=1), atol=1e-4)
    assert np.allclose(after[:, :, 0].std(axis=1), windows[:, :, 0].std(axis=1), atol=1e-4)
    assert np.array_equal(after[:, :, 1], windows[:, :, 1])
    some = exchange_steps(rows, 2, 3, RNG.permutation(60), forecast=False)
    assert np.array_equal(windows_of(some.history)[:, [0, 3]], windows[:, [0, 3]])


def test_what_is_known_ahead_of_a_channel_comes_with_it():
    rows = tried_past(windows_world(1), RNG, most=60)
    order = RNG.permutation(60)
    made = exchange_channel(rows, 1, order, forecast=True)
    assert np.array_equal(made.history.values[rows.log.stop, 1], rows.log.values[rows.log.stop[order], 1])


def test_noise_costs_the_latest_value_its_mean_absolute_size():
    found = ran(windows_world(1, n=3000), robustness.NOISE)
    expected = 0.2 * (2 / np.pi) ** 0.5  # windows of -1 and 1: the standard deviation is 1
    assert found["noise of 0.2 sd"].low < expected < found["noise of 0.2 sd"].high


def test_one_value_in_five_unknown_costs_the_latest_value_one_in_five():
    found = ran(windows_world(1, n=1000), robustness.MISSING)
    assert found["20 % of values missing"].value == pytest.approx(0.2, abs=0.03)


def test_the_past_of_answers_and_choices_counts_from_the_latest():
    answers = ran(answers_world(), explanation.PAST)
    assert answers["with the latest alone"].value == 0.0
    assert answers["without any past"].value == pytest.approx(0.5)
    choices = ran(choices_world(), explanation.PAST)
    assert choices["with the latest alone"].value == 0.0
    assert choices["without any past"].value == 1.0


def test_answers_and_items_are_told_apart():
    found = ran(answers_world(), explanation.IMPORTANCE)
    assert found["answers of the past"].value > 0.3
    assert found["items of the past"].value == found["item that is asked"].value == 0.0


def test_an_answer_marked_wrongly_turns_the_latest_one():
    found = ran(answers_world(1000), robustness.PAST)
    assert found["20 % of answers marked wrongly"].value == pytest.approx(0.2, abs=0.04)
    assert found["20 % of items taken for others"].value == 0.0


def test_loss_within_groups_is_told_for_all_three_shapes():
    codes = np.r_[np.zeros(200, int), np.ones(190, int), np.full(10, 2)]
    found = run_check(windows_world(1, groups=(("a", "b", "few"), codes)), robustness.WORST)[1].findings
    by = {(str(f.group), f.subject): f for f in found if f.group is not None}
    assert by["a", "10 % of values missing"].value == pytest.approx(0.1, abs=0.06)
    assert by["few", "10 % of values missing"].status is CheckStatus.NOT_ESTIMABLE
    given = choices_world(60)
    attribute = windows_world(1, groups=(("a", "b"), codes > 0)).table.attributes
    test = replace(given.table.test, groups=np.tile([0, 1], 30).astype(np.int16)[:, None])
    given = replace(given, table=replace(given.table, attributes=attribute, test=test))
    lost = [f for f in run_check(given, robustness.WORST)[1].findings if f.group is not None]
    assert [str(f.group) for f in lost] == ["a", "b"]
    assert all(f.value is not None and f.subject == "25 % of the past lost" for f in lost)


def test_what_a_user_chose_is_taken_out_of_the_lists_whatever_the_model_was_shown():
    rows = tried_past(choices_world(2), RNG, most=5)
    lists = np.array([[1, 8, 7, 2], [7, 1, 3, 0]])
    said = Predictions(ranked=lists, scores=np.where(lists > 0, -np.arange(4.0), np.nan))
    left = without_known(said, rows.log)
    assert left.ranked.tolist() == [[8, 2, 0, 0], [3, 0, 0, 0]]
    assert np.isnan(left.scores[:, 2:]).all()


@drawn(st.integers(1, 600), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_blocks_cover_every_step_once_or_begin_with_single_ones(length, season):
    blocks = blocks_of(length, season)
    assert [a for a, _ in blocks] == [1, *[b + 1 for _, b in blocks[:-1]]]
    assert blocks[-1][1] == length
    assert len(blocks) <= 12


@drawn(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_steps_that_are_left_out_are_the_latest_of_each_row(lengths, k):
    stops = np.cumsum(np.asarray(lengths) + 1) - 1
    number = np.repeat(np.arange(len(lengths)), np.asarray(lengths) + 1)
    codes = np.arange(len(number))[:, None]
    log = History(
        np.zeros((len(number), 0), np.float32), codes, codes[:, 0] * 1.0, number, stops - lengths, stops
    )
    age = age_of(log)
    left = keep_steps(log, (age <= 0) | (age > k))
    for row, (n, a, b) in enumerate(zip(lengths, left.start, left.stop, strict=True)):
        assert left.codes[a:b, 0].tolist() == list(range(stops[row] - n, stops[row] - min(k, n)))
        assert left.codes[b, 0] == stops[row]  # a row keeps its own step


def test_lost_steps_are_drawn_and_a_gap_lies_in_one_stretch():
    rows = tried_past(answers_world(1000), RNG, most=1000)
    left = with_steps_lost(rows, 0.25, RNG).history
    assert (left.stop - left.start).mean() == pytest.approx(1.5, abs=0.1)
    assert (with_latest_only(rows, 1).history.stop - with_latest_only(rows, 1).history.start == 1).all()
    windows = tried_past(windows_world(1), RNG, most=200)
    unknown = np.isnan(windows_of(with_gap(windows, 0.5, RNG).history)[:, :, 0])
    assert (unknown.sum(axis=1) == 2).all()
    assert (np.abs(np.diff(np.argwhere(unknown)[:, 1].reshape(-1, 2))) == 1).all()
    assert np.array_equal(
        windows_of(with_noise(windows, np.zeros((1, 2)), RNG).history), windows_of(windows.log)
    )


def test_a_few_series_give_values_without_an_interval():
    found = ran(windows_world(2, n=40), explanation.IMPORTANCE)
    assert all(f.low is not None for f in found.values())
    one = make_forecast([[10.0, 10.0]] * 25, {"model": around([[9.0, 9.0]] * 25, 1.0)})
    log = one.table.test.history
    single = replace(log, series=np.zeros_like(log.series), time=np.arange(log.time.size) * 1.0)
    test = replace(one.table.test, history=single)
    validation = replace(
        one.table.validation, history=replace(single, start=single.start[:1], stop=single.stop[:1])
    )
    table = replace(one.table, test=test, validation=validation)
    few = replace(one, table=table, predictor=Fixed())
    assert all(f.low is None or f.value == 0.0 for f in ran(few, explanation.PAST).values())


class Fixed:
    """Two steps of the latest value, stated once per level."""

    def predict(self, part):
        latest = OneStep(1).predict(part).quantiles
        return Predictions(quantiles=np.repeat(latest, 2, axis=1))


def test_plain_rows_have_no_past_and_a_recommender_no_columns():
    entry, _ = run_check(replace(choices_world(), predictor=NextItem()), explanation.IMPORTANCE)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    assert "how far back" in entry.reason
    for check in (robustness.NOISE, robustness.MISSING):
        assert run_check(answers_world(), check)[0].status is CheckStatus.NOT_APPLICABLE
