from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import ReadOptions
from testamur.contracts.errors import DataError
from testamur_retail.findings import Estimate
from testamur_retail.inventory.dependence import estimate_dependence
from testamur_retail.inventory.evidence import Savings, recommend
from testamur_retail.inventory.expect import expect_outcome
from testamur_retail.inventory.golden import plan_cases
from testamur_retail.inventory.learned import as_levels, train_buyer
from testamur_retail.inventory.levels import Levels, newsvendor_quantity, plan_levels
from testamur_retail.inventory.paths import draw_scores, make_draws, score_observed
from testamur_retail.inventory.prepare import prepare_series
from testamur_retail.inventory.read import read_series
from testamur_retail.inventory.resample import draw_weights, weighted_totals
from testamur_retail.inventory.rival import fit_rival, rival_levels
from testamur_retail.inventory.simulate import run_shop
from testamur_retail.inventory.terms import Terms

LEVELS = tuple(round(0.1 * k, 1) for k in range(1, 10))


def paths_of(days: list[list[float]]) -> np.ndarray:
    return np.asarray(days, dtype=np.float64)[None]  # (1, P, H)


def normal_quantiles(mean: float, sd: float, horizon: int) -> np.ndarray:
    from scipy.stats import norm

    return np.tile(norm.ppf(LEVELS, mean, sd), (1, horizon, 1))


def test_sampled_paths_have_the_quantiles_and_the_dependence_they_were_given():
    rng = np.random.default_rng(0)
    correlation = np.full((5, 5), 0.6) + 0.4 * np.eye(5)
    draws = make_draws(draw_scores(correlation, 40_000, rng), LEVELS)
    demand = draws.demand(normal_quantiles(50, 5, 5))[0]  # (P, H)
    assert np.quantile(demand[:, 2], LEVELS) == pytest.approx(normal_quantiles(50, 5, 5)[0, 2], abs=0.15)
    assert np.corrcoef(demand.T)[0, 3] == pytest.approx(0.6, abs=0.02)
    assert demand.sum(axis=1).std() == pytest.approx(5 * np.sqrt(correlation.sum()), rel=0.02)


def test_demand_is_never_negative_and_days_without_any_stay_empty():
    draws = make_draws(draw_scores(np.eye(3), 500, np.random.default_rng(1)), LEVELS)
    quantiles = np.zeros((2, 3, 9))
    quantiles[1] = np.linspace(0, 1, 9)
    demand = draws.demand(quantiles)
    assert (demand >= 0).all()
    assert (demand[0] == 0).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=9, max_size=9), st.floats(-3, 3))
def test_scores_invert_the_quantile_function(values, score):
    quantiles = np.cumsum(np.sort(values) + 0.1)[None, None, :]  # strictly growing
    demand = make_draws(np.array([[score]]), LEVELS).weights[0, 0] @ quantiles[0, 0]
    found = score_observed(quantiles, np.array([[demand]]), LEVELS)
    assert found[0, 0] == pytest.approx(score, abs=1e-6)


def test_dependence_is_found_by_lag_and_shrunk_by_what_was_seen():
    rng = np.random.default_rng(2)
    truth = 0.8 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6)))
    scores = rng.standard_normal((4000, 6)) @ np.linalg.cholesky(truth).T
    scores[::7, 3] = np.nan
    many, few = estimate_dependence(scores), estimate_dependence(scores[:5])
    assert many.by_lag[:3] == pytest.approx([1.0, 0.8, 0.64], abs=0.04)
    assert abs(few.by_lag[1]) <= 5 / 25
    assert np.linalg.eigvalsh(few.matrix).min() > 0
    assert np.diag(few.matrix) == pytest.approx(1.0)


def test_the_level_is_the_critical_quantile_of_demand_until_the_next_delivery():
    terms = Terms(review=1, lead=1, holding=1.0, shortage=4.0, order=0.0)
    paths = paths_of([[0, k] for k in range(101)])  # sums 0 to 100
    levels = plan_levels(paths, terms)
    assert terms.critical_ratio == 0.8
    assert levels.reorder == pytest.approx([80.0])
    assert levels.up_to == pytest.approx([80.0])


def test_a_dear_order_is_made_less_often():
    terms = Terms(review=7, lead=0, holding=0.02, shortage=3.0, order=100.0)
    paths = np.full((1, 10, 7), 10.0)
    batch = np.sqrt(2 * 100 * 10 / 0.02)
    levels = plan_levels(paths, terms)
    assert levels.up_to - levels.reorder == pytest.approx([batch - 70])


def test_the_newsvendor_orders_the_quantile_of_one_season():
    terms = Terms(review=1, shortage=3.0, leftover=6.0)
    paths = paths_of([[k] for k in range(100)])
    assert newsvendor_quantity(paths, terms) == pytest.approx([np.quantile(np.arange(100), 1 / 3)])


def test_expected_cost_is_counted_day_by_day():
    terms = Terms(review=2, lead=1, holding=1.0, shortage=10.0, order=0.0)
    found = expect_outcome(paths_of([[2, 3, 4], [0, 0, 0]]), np.array([6.0]), terms)
    # first path: 6 - 2 = 4, then 1 left, then 3 lacking; second: 6 and 6 left
    assert found.cost == pytest.approx([(1 + 0 + 12) / 2 + 10 * 3 / 2])
    assert found.lost == pytest.approx([1.5])
    assert found.no_lack == pytest.approx([0.5])
    assert found.fill == pytest.approx([1 - 1.5 / 3.5])


def test_the_shop_keeps_its_books():
    terms = Terms(review=2, lead=1, holding=1.0, shortage=10.0, order=5.0)
    demand = np.array([[[3.0, 3.0], [3.0, 3.0]]])  # one series, two reviews of two days
    ledger = run_shop(demand, np.array([4.0]), lambda *_: Levels(np.array([8.0]), np.array([8.0])), terms)
    # review 1: 4, sells 3, 1 left; the order of 4 arrives: 5, sells 3, 2 left
    # review 2: orders 6; sells 2, lacks 1; the 6 arrive, sells 3, 3 left
    assert ledger.holding.tolist() == [[3.0, 3.0]]
    assert ledger.lost.tolist() == [[0.0, 1.0]]
    assert ledger.ordering.tolist() == [[5.0, 5.0]]
    assert ledger.cost.tolist() == [[8.0, 3.0 + 10.0 + 5.0]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_no_piece_appears_or_vanishes(lead, review, seed):
    rng = np.random.default_rng(seed)
    terms = Terms(review=review, lead=lead, holding=1.0, shortage=1.0, order=1.0)
    demand = rng.poisson(5, (3, 6, review)).astype(float)
    ledger = run_shop(demand, np.full(3, 20.0), lambda *_: as_levels(np.full(3, 30.0)), terms)
    assert (ledger.lost >= 0).all()
    assert (ledger.lost <= ledger.demand).all()
    assert ledger.cost == pytest.approx(ledger.holding + ledger.shortage + ledger.ordering)


def test_the_rival_repeats_last_season_and_keeps_a_safety_stock():
    terms = Terms(review=7, lead=7)
    week = np.array([1.0, 2, 3, 4, 5, 6, 7])
    rule = fit_rival([np.tile(week, 20)], 7, terms)
    assert rule.error == pytest.approx([0.0])
    assert rival_levels(rule, week[None], np.array([0]), terms).reorder == pytest.approx([56.0])
    noisy = fit_rival([np.random.default_rng(3).normal(10, 2, 200)], 7, terms)
    assert rival_levels(noisy, np.full((1, 7), 10.0), np.array([0]), terms).reorder[0] > 140


def test_bootstrap_keeps_pairs_and_draws_series_where_there_are_many():
    rng = np.random.default_rng(4)
    few, many = draw_weights(3, 12, 200, rng), draw_weights(50, 12, 200, rng)
    assert (few[0] == 1).all()
    assert many[0].std() > 0
    assert (many[1].sum(axis=1) == 12).all()
    values = rng.random((50, 12))
    assert weighted_totals(values, many).mean() == pytest.approx(values.sum(), rel=0.02)


@pytest.mark.parametrize(
    ("plan", "learned", "over_rival", "expected"),
    [
        ((0.1, 0.02, 0.2), (0.1, 0.01, 0.2), (0.2, 0.1, 0.3), "learned"),
        ((0.1, 0.02, 0.2), (0.1, -0.01, 0.2), (0.2, 0.1, 0.3), "plan"),
        ((0.1, -0.02, 0.2), (0.1, 0.01, 0.2), (0.2, -0.1, 0.3), "rival"),
        ((0.1, None, None), None, None, "rival"),
    ],
)
def test_nothing_newer_is_recommended_without_an_interval_clear_of_zero(plan, learned, over_rival, expected):
    made = [Estimate(*x) if x else None for x in (plan, learned, over_rival)]
    assert recommend(Savings(*made)) == expected


def test_the_learned_buyer_orders_sensibly_on_steady_demand():
    from testamur_retail.inventory.learned import describe
    from testamur_retail.nets.reorder import choose

    terms = Terms()
    steady = np.full(400, 10.0)
    buyer = train_buyer([steady], 7, terms, seed=0, updates=60)
    states, base = describe(np.full((2, 14), 10.0), 7, np.array([70.0, 0.0]), np.array([140.0, 0.0]), terms)
    levels = choose(buyer, states) * base
    assert levels[1] >= 130  # an empty shop is filled for the fortnight


def test_too_short_a_training_gives_no_learned_buyer():
    assert train_buyer([np.full(60, 1.0)], 7, Terms(), seed=0) is None


def test_a_series_shorter_than_the_trial_is_told_and_not_estimable():
    from dataclasses import replace

    from testamur_retail.inventory.check import measure_plan

    given = plan_cases()[0].given
    test = given.table.test
    kept = test.history.stop >= test.history.stop.max()  # one origin: a fortnight of held-out days
    from testamur_retail.customers.people import take_rows

    rows = np.flatnonzero(kept)
    short = replace(
        take_rows(test, rows),
        history=replace(test.history, start=test.history.start[rows], stop=test.history.stop[rows]),
    )
    outcome = measure_plan(replace(given, table=replace(given.table, test=short)))
    assert [f.status.value for f in outcome.findings] == ["not estimable"]
    assert "review periods after the first delivery" in outcome.findings[0].reason


def series(**columns) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    return frame.with_columns(pl.col("date").str.to_datetime("%Y-%m-%d"))


def test_lines_of_a_day_are_added_returns_netted_and_absent_days_filled():
    lines = series(
        series=["a", "a", "a", "a", "b"],
        date=["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-04", "2024-01-09"],
        sold=[3.0, 2.0, -4.0, None, 1.0],
    )
    frame, notes = prepare_series(lines)
    assert frame.filter(pl.col("series") == "a")["sold"].to_list() == [5.0, 0.0, 0.0, None]
    text = " ".join(notes)
    assert "more returns than sales" in text
    assert "days without a line" in text


def test_weekly_series_stay_weekly():
    lines = series(date=["2024-01-01", "2024-01-08", "2024-01-22"], sold=[1.0, 2.0, 3.0])
    frame, _ = prepare_series(lines)
    assert frame["sold"].to_list() == [1.0, 2.0, 0.0, 3.0]
    assert frame["series"].unique().to_list() == ["all"]


def test_a_folder_is_one_source_and_files_that_differ_are_all_told(tmp_path):
    for name in ("tea", "rice"):
        (tmp_path / f"{name}.csv").write_text("date,sold\n2024-01-01,1\n2024-01-02,2\n")
    frame, notes = read_series(tmp_path, ReadOptions())
    assert sorted(frame["series"].unique().to_list()) == ["rice", "tea"]
    assert "2 files" in notes[0]
    (tmp_path / "salt.csv").write_text("day,sold\n2024-01-01,1\n")
    (tmp_path / "soap.csv").write_text("date\n2024-01-01\n")
    with pytest.raises(DataError) as told:
        read_series(tmp_path, ReadOptions())
    assert [p.where for p in told.value.problems] == ["salt.csv", "soap.csv"]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="CSV files are required"):
        read_series(tmp_path, ReadOptions())
