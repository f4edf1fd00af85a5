"""Checks of forecasts beyond their golden cases: what is resampled, what is shown, and what is not."""

import csv
import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.audit.forecast import ACCURACY, COVERAGE, LEAKAGE
from testamur.audit.forecast_coverage import symmetric_pairs
from testamur.audit.forecast_scores import median_of, pinball_of, resampling_units, series_scales
from testamur.audit.golden_forecast import HORIZON, LENGTH, around, make_forecast
from testamur.audit.inputs import check_input
from testamur.audit.row_evidence import forecasts_file
from testamur.audit.run import run_check
from testamur.contracts.dataset import ProblemKind, WindowRule
from testamur.contracts.errors import DataError
from testamur.contracts.finding import CheckStatus
from testamur.contracts.table import History, Predictions


def drawn(n=40, seed=0):
    """Series whose model errs by noise of 1 and whose baseline errs by noise of 3."""
    r = np.random.default_rng(seed)
    came = r.normal(10, 1, (n, 2))
    stated = {name: around(came + r.normal(0, s, (n, 2)), s) for name, s in (("model", 1.0), ("naive", 3.0))}
    return make_forecast(came, stated)


def one_series(n_origins, seed=0):
    """The windows of `drawn` as origins of one series, one after the other."""
    given = drawn(n_origins, seed)
    r = np.random.default_rng(seed)
    steps = LENGTH + HORIZON * n_origins
    values = r.normal(0, 1, (40 + steps, 1)).astype(np.float32)
    stop = 40 + LENGTH + HORIZON * np.arange(n_origins)
    log = History(
        values, np.zeros((len(values), 0), np.int64), np.arange(len(values), dtype=np.float64),
        np.zeros(len(values), np.int64), stop - LENGTH, stop,
    )  # fmt: skip
    early = dataclasses.replace(log, start=np.array([30]), stop=np.array([34]))
    part = dataclasses.replace(given.table.test, history=log)
    held = dataclasses.replace(given.table.validation, history=early)
    return dataclasses.replace(given, table=dataclasses.replace(given.table, test=part, validation=held))


def findings(given, check=ACCURACY):
    entry, outcome = run_check(given, check)
    return entry, {(f.measure, f.subject): f for f in outcome.findings}, {f.name: f for f in outcome.evidence}


def test_a_better_model_is_shown_to_be_better():
    entry, found, files = findings(drawn())
    gain = found["mase_gain_over_naive", "naive"]
    assert entry.status is CheckStatus.DONE
    assert gain.low > 0
    assert "series" in gain.method
    tree = json.loads(files["forecast.json"].content)
    assert {row["baseline"] for row in tree["relative"]} == {"naive"}
    assert all(row["ratio"] < 1 for row in tree["relative"])
    assert [row["step_ahead"] for row in tree["steps"]] == [1, 2]


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Gain in MASE of drawn series: E|3 z| - E|z| = 2 sqrt(2 / pi); over 100 draws."""
    truth = 2 * np.sqrt(2 / np.pi)
    held = 0
    for seed in range(100):
        gain = findings(drawn(60, seed))[1]["mase_gain_over_naive", "naive"]
        held += gain.low <= truth <= gain.high
    assert 88 <= held <= 99


@pytest.mark.parametrize(("n_origins", "enough"), [(8, False), (90, True)])
def test_one_series_is_resampled_in_blocks_of_origins(n_origins, enough):
    given = one_series(n_origins)
    units = resampling_units(given)
    assert units.enough is enough
    assert len(np.unique(units.code)) == -(-n_origins // round(n_origins ** (1 / 3)))
    given = dataclasses.replace(given, policy=given.policy.model_copy(update={"minimum_group": 5}))
    _, found, files = findings(given)
    mase = found["mase", ""]
    assert (mase.low is not None) is enough
    assert mase.value is not None
    assert "forecast_example.json" not in files  # one series is about one person unless said otherwise
    assert files["forecast_single.json"].restricted


def test_a_series_that_is_declared_to_be_nobody_s_is_drawn():
    given = one_series(90)
    spec = given.table.spec.model_copy(update={"windows": WindowRule(length=LENGTH, personal=False)})
    given = dataclasses.replace(given, table=dataclasses.replace(given.table, spec=spec))
    _, _, files = findings(given)
    tree = json.loads(files["forecast_example.json"].content)
    assert not files["forecast_example.json"].restricted
    assert tree["n_series"] == 1
    assert len(tree["quantiles"]) == HORIZON


def test_many_series_are_drawn_as_their_sum():
    given = drawn()
    _, _, files = findings(given)
    tree = json.loads(files["forecast_example.json"].content)
    assert tree["together"]
    np.testing.assert_allclose(tree["observed"], given.table.test.target.sum(axis=0))
    np.testing.assert_allclose(tree["quantiles"], given.predictions["model"]["test"].quantiles.sum(axis=0))


def test_scales_look_at_the_training_time_alone():
    given = drawn()
    scales = series_scales(given.table)
    log = given.table.test.history
    late = log.values.copy()
    late[log.time >= 10] = 1e6  # validation begins at step 10
    parts = {
        name: dataclasses.replace(p, history=dataclasses.replace(p.history, values=late))
        for name, p in (("test", given.table.test), ("validation", given.table.validation))
    }
    assert np.array_equal(series_scales(dataclasses.replace(given.table, **parts)), scales)
    assert (scales == 1.0).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=9, unique=True).map(sorted))
def test_a_median_lies_between_its_neighbours(levels):
    stated = np.arange(len(levels), dtype=np.float64)[None, None]
    middle = median_of(stated, tuple(levels))[0, 0]
    below = sum(q <= 0.5 for q in levels)
    assert max(below - 1, 0) <= middle <= min(below, len(levels) - 1)


def test_pairs_are_symmetric_and_the_widest_comes_first():
    assert symmetric_pairs((0.05, 0.1, 0.5, 0.9, 0.95)) == [(0, 4), (1, 3)]
    assert symmetric_pairs((0.1, 0.5)) == []


def test_the_pinball_loss_of_many_levels_is_near_the_crps():
    """CRPS of a standard normal at its mean: (sqrt(2) - 1) / sqrt(pi)."""
    from statistics import NormalDist

    levels = tuple((i + 0.5) / 500 for i in range(500))
    stated = np.array([NormalDist().inv_cdf(q) for q in levels])[None, None]
    crps = pinball_of(stated, np.zeros((1, 1)), levels)[0, 0]
    assert crps == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), rel=0.01)


def test_baselines_are_held_to_the_same_intervals():
    _, found, files = findings(drawn(), COVERAGE)
    assert ("coverage_80", "") in found
    assert ("baseline_coverage_80", "naive") in found
    tree = json.loads(files["forecast_coverage.json"].content)
    assert [of["name"] for of in tree["forecasts"]] == ["model", "naive"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda q: None, "quantiles are required"),
        (lambda q: q[:, :1], r"shape \(40, 2, 3\) is required"),
        (lambda q: np.where(q > q.mean(), np.nan, q), "finite numbers"),
        (lambda q: q[:, :, ::-1], "quantiles that grow"),
    ],
)
def test_forecasts_that_no_check_could_use_are_refused(spoil, words):
    given = drawn()
    spoilt = Predictions(quantiles=spoil(given.predictions["model"]["test"].quantiles))
    with pytest.raises(DataError, match=words):
        check_input(dataclasses.replace(given, predictions={"model": {"test": spoilt}}))


def test_the_rows_of_forecasts_are_restricted_and_bounded(monkeypatch):
    given = drawn()
    file = forecasts_file(given)
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    assert file.restricted
    assert rows[0] == ["row", "series", "step_ahead", "target", "q0.1", "q0.5", "q0.9"]
    assert len(rows) == 1 + 40 * HORIZON
    monkeypatch.setattr("testamur.audit.row_evidence.MOST_LINES", 10)
    short = forecasts_file(given)
    assert len(short.content.decode().splitlines()) == 1 + 10
    assert "5 windows evenly chosen from 40" in short.description


@pytest.mark.parametrize(("shift", "seen"), [(0, 0.0), (-2, 0.5)])
def test_windows_of_classes_that_share_a_step_with_training_are_counted(shift, seen):
    """Training ends at step 20; of two test windows of four steps one begins at 20 + shift, one far later."""
    given = drawn()
    table = given.table
    log = dataclasses.replace(
        table.test.history,
        values=np.zeros((60, 1), np.float32), time=np.arange(60.0), series=np.zeros(60, np.int64),
        start=np.array([12, 16]), stop=np.array([16, 20]),
    )  # fmt: skip
    begin = np.array([20 + shift, 40])
    problem = table.problem.model_copy(update={"kind": ProblemKind.MULTICLASS})
    table = dataclasses.replace(
        table,
        problem=problem,
        train=dataclasses.replace(table.train, history=log),
        test=dataclasses.replace(table.test, history=dataclasses.replace(log, start=begin, stop=begin + 4)),
    )
    _, found, _ = findings(dataclasses.replace(given, table=table), LEAKAGE)
    assert found["seen_window_share", ""].value == seen
