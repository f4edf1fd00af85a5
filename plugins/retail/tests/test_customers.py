from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy.special import hyp2f1

from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, DataError
from testamur.contracts.table import Attribute
from testamur_retail.customers.bg_nbd import BgNbd, Purchases, fit_bg_nbd, log_likelihood
from testamur_retail.customers.check_offers import compare_offers
from testamur_retail.customers.check_segments import find_segments, standing
from testamur_retail.customers.check_value import lift_of, top_share_of
from testamur_retail.customers.counting import CountingPredictor, fit_counting
from testamur_retail.customers.features import describe_customers, look_ahead
from testamur_retail.customers.gamma_gamma import GammaGamma, fit_gamma_gamma
from testamur_retail.customers.golden import _given, _part, _purchases, segment_cases, value_cases
from testamur_retail.customers.prepare import choose_snapshots, prepare_churn, prepare_new, prepare_value
from testamur_retail.customers.purchases import list_purchases
from testamur_retail.customers.read import read_cdnow
from testamur_retail.customers.segments import Clustering, best_jaccard, choose_clustering
from testamur_retail.customers.worth import make_bands
from testamur_retail.insight.marketer import _segment

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426, -9582.4)  # Fader, Hardie, Lee 2005, table 2


def customers(*rows: tuple[float, float, float]) -> Purchases:
    return Purchases(*(np.array(column) for column in zip(*rows, strict=True)))


def simulate(n: int, truth: BgNbd, weeks: float, ahead: float, seed: int) -> tuple[Purchases, np.ndarray]:
    """Draw customers from the model itself; purchases in the weeks ahead."""
    rng = np.random.default_rng(seed)
    rows, later = [], []
    for _ in range(n):
        rate, leave = rng.gamma(truth.r, 1 / truth.alpha), rng.beta(truth.a, truth.b)
        time, times, alive = 0.0, [], True
        while alive:
            time += rng.exponential(1 / rate) if rate > 1e-9 else 1e9
            if time > weeks + ahead:
                break
            times.append(time)
            alive = rng.random() > leave
        before = [t for t in times if t <= weeks]
        rows.append((float(len(before)), before[-1] if before else 0.0, weeks))
        later.append(len(times) - len(before))
    return customers(*rows), np.array(later)


def test_bg_nbd_says_what_the_paper_says():
    """Fader, Hardie, Lee: Implementing the BG/NBD model in Excel (2005): E[Y(39)] = 1.226."""
    one = customers((2.0, 30.43, 38.86))
    assert PUBLISHED.expected_purchases(one, 39.0)[0] == pytest.approx(1.226, abs=5e-4)


def test_expected_purchases_agree_with_the_papers_series_and_stand_for_buyers_of_every_day():
    some = customers((0.0, 0.0, 38.86), (2.0, 30.43, 38.86), (60.0, 38.0, 39.0))
    x, base = some.repeats, PUBLISHED.alpha + some.age
    c = PUBLISHED.a + PUBLISHED.b + x - 1
    series = hyp2f1(PUBLISHED.r + x, PUBLISHED.b + x, c, 39 / (base + 39))
    plain = c / (PUBLISHED.a - 1) * (1 - (base / (base + 39)) ** (PUBLISHED.r + x) * series)
    assert PUBLISHED.expected_purchases(some, 39.0) == pytest.approx(plain * PUBLISHED.chance_alive(some))
    daily = customers((3000.0, 520.0, 520.0))  # the series of the paper overflows here
    assert 250 < PUBLISHED.expected_purchases(daily, 52.0)[0] < 3000 / 520 * 52  # some will leave


def test_bg_nbd_recovers_what_it_was_drawn_from_and_its_chances_hold():
    truth = BgNbd(0.6, 5.0, 0.8, 2.5, 0.0)
    seen, later = simulate(4000, truth, 39.0, 13.0, seed=0)
    found = fit_bg_nbd(seen)
    assert found.r == pytest.approx(truth.r, rel=0.2)
    assert found.alpha == pytest.approx(truth.alpha, rel=0.25)
    assert found.log_likelihood >= log_likelihood(seen, truth.r, truth.alpha, truth.a, truth.b).sum() - 1e-6
    assert found.chance_of_none(seen, 13.0).mean() == pytest.approx((later == 0).mean(), abs=0.02)
    assert found.expected_purchases(seen, 13.0).mean() == pytest.approx(later.mean(), rel=0.12)


def test_chances_of_bg_nbd_are_chances_and_fall_with_time():
    some = customers((0.0, 0.0, 10.0), (5.0, 38.0, 39.0), (5.0, 4.0, 39.0), (60.0, 38.0, 39.0))
    alive = PUBLISHED.chance_alive(some)
    assert alive[0] == 1.0  # nobody leaves before a repeat purchase
    assert alive[1] > 0.8 > 0.1 > alive[2]
    none = [PUBLISHED.chance_of_none(some, weeks) for weeks in (0.0, 1.0, 13.0, 520.0)]
    assert none[0] == pytest.approx(1.0)
    assert all((later < earlier).all() for earlier, later in pairwise(none))
    assert np.isfinite(PUBLISHED.expected_purchases(some, 13.0)).all()


def test_gamma_gamma_says_what_was_published_for_the_first_customers():
    """Fader, Hardie: note 025, p = 6.25, q = 3.74, v = 15.44; first customer: x = 2, mean 22.35."""
    published = GammaGamma(6.25, 3.74, 15.44)
    expected = published.expected_value(np.array([2.0, 1.0, 0.0]), np.array([22.35, 11.77, 0.0]))
    assert expected == pytest.approx([24.66, 18.91, 35.22], abs=0.05)


def test_gamma_gamma_recovers_what_it_was_drawn_from():
    rng = np.random.default_rng(1)
    n = 4000
    scale = rng.gamma(4.0, 1 / 20.0, n)  # nu ~ Gamma(q, v)
    repeats = rng.integers(1, 8, n).astype(float)
    mean = rng.gamma(6.0 * repeats, 1 / scale) / repeats
    found = fit_gamma_gamma(repeats, mean)
    assert (found.p, found.q) == pytest.approx((6.0, 4.0), rel=0.15)
    assert found.expected_value(np.zeros(1), np.zeros(1))[0] == pytest.approx(6 * 20 / 3, rel=0.1)


def test_few_repeats_are_refused_not_fitted():
    with pytest.raises(ValueError, match="50 customers with a second purchase"):
        fit_bg_nbd(customers(*[(1.0, 2.0, 39.0)] * 20))
    with pytest.raises(ValueError, match="50 customers with a second purchase of some value"):
        fit_gamma_gamma(np.ones(20), np.ones(20))


def orders(**columns) -> pl.DataFrame:
    return pl.DataFrame(columns).with_columns(pl.col("date").str.to_datetime("%Y-%m-%d"))


def test_duplicates_returns_and_orders_of_one_day():
    days, notes = list_purchases(
        orders(
            customer=["a", "a", "a", "a", "a", "b"],
            date=["2024-01-01", "2024-01-01", "2024-01-01", "2024-01-05", "2024-01-09", "2024-01-02"],
            value=[10.0, 10.0, 5.0, 20.0, -8.0, -3.0],
            quantity=[1, 1, 1, 2, -1, -1],
            order=["1", "1", "2", "3", "4", "5"],
        )
    )
    assert days["value"].to_list() == [15.0, 12.0]
    assert days["returned"].to_list() == [0.0, 8.0]
    text = " ".join(notes)
    for word in ("repeated word for word", "one purchase", "are returns", "no purchase before"):
        assert word in text


def test_without_order_numbers_like_lines_are_two_orders():
    days, _ = list_purchases(orders(customer=["a", "a"], date=["2024-01-01"] * 2, value=[10.0, 10.0]))
    assert days["value"].to_list() == [20.0]


def test_every_fault_of_the_orders_is_told_at_once():
    with pytest.raises(DataError) as told:
        list_purchases(pl.DataFrame({"customer": ["a", None], "date": ["x", "y"]}))
    assert [p.where for p in told.value.problems] == ["column 'customer'", "column 'date'", "column 'value'"]
    assert "'x'" not in str(told.value)


def test_features_know_nothing_of_the_day_itself_or_later():
    purchases, _ = list_purchases(
        orders(
            customer=["a"] * 4,
            date=["2024-01-01", "2024-02-01", "2024-04-01", "2024-04-20"],
            value=[1.0, 2.0, 4.0, 8.0],
        )
    )
    snapshot = date(2024, 4, 1)
    row = describe_customers(purchases, snapshot).row(0, named=True)
    assert (row["orders"], row["total_value"], row["repeats"]) == (2.0, 3.0, 1.0)
    assert row["weeks_since_last"] == pytest.approx(60 / 7)
    ahead = look_ahead(purchases, snapshot).row(0, named=True)
    assert (ahead["spend_next"], ahead["orders_next"]) == (12.0, 2.0)


def long_orders(n_customers: int = 30, days: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for customer in range(n_customers):
        for day in np.flatnonzero(rng.random(days) < 0.03):
            rows.append(
                (
                    f"c{customer}",
                    (date(2023, 1, 1) + timedelta(days=int(day))).isoformat(),
                    10.0,
                    "north" if customer % 2 else "south",
                )
            )
    columns = list(zip(*rows, strict=True))
    return orders(customer=columns[0], date=columns[1], value=columns[2]).with_columns(
        region=pl.Series(columns[3])
    )


def test_no_outcome_reaches_into_a_later_row_and_own_columns_come_along():
    frame, notes = prepare_churn(long_orders())
    snapshots = sorted(frame["snapshot"].dt.date().unique().to_list())
    assert all((b - a).days == 91 for a, b in pairwise(snapshots))
    assert set(frame["region"].to_list()) == {"north", "south"}
    assert ((frame["churned"] == "yes") == (frame["orders_next"] == 0)).all()
    assert "outcomes in the 91 days" in notes[-1]
    value, _ = prepare_value(long_orders())
    assert value["spend_ahead"].to_list() == value["spend_next"].to_list()


def test_what_comes_after_a_snapshot_is_in_no_row_of_it():
    """A return after a snapshot, and a value of one's own column that was written down later."""
    plain = long_orders()
    last = prepare_churn(plain)[0]["snapshot"].max()
    mark = pl.lit(last).cast(plain.schema["date"])
    back = plain.filter(pl.col("date") < mark).group_by("customer").first()
    back = back.with_columns(date=mark + pl.duration(days=5), value=pl.lit(-9.0), region=pl.lit("left"))
    later = prepare_churn(pl.concat([plain, back.select(plain.columns)]))[0]
    outcome = ["spend_next", "orders_next", "churned"]
    known = [name for name in later.columns if name not in outcome]
    assert later.select(known).equals(prepare_churn(plain)[0].select(known))


def test_a_return_before_a_snapshot_lowers_what_was_spent():
    plain = long_orders()
    first = prepare_churn(plain)[0]["snapshot"].min()
    at = pl.lit(first).cast(plain.schema["date"]) - pl.duration(days=1)
    back = plain.group_by("customer").first().with_columns(date=at, value=pl.lit(-1.0))
    frame = prepare_churn(pl.concat([plain, back.select(plain.columns)]))[0]
    assert frame.filter(pl.col("snapshot") == first)["returned_share"].max() > 0


def test_a_short_history_is_refused_with_what_is_needed():
    with pytest.raises(DataError, match="364 days or more are required, however: 200"):
        choose_snapshots(date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=199))


def test_returns_alone_are_no_purchases():
    with pytest.raises(DataError, match="purchases are required"):
        prepare_churn(orders(customer=["a"], date=["2024-01-01"], value=[-1.0]))


def test_a_truncated_cdnow_file_is_told(tmp_path):
    path = tmp_path / "CDNOW_master.txt"
    path.write_text(" header\n 00001 19970101  1   11.77\n 00002 19970112\n 00003 1997 2 x\n")
    with pytest.raises(DataError, match="2 lines lack one"):
        read_cdnow(path)


def test_the_baseline_predicts_both_problems_and_refuses_other_tables():
    given = value_cases()[0].given
    part = given.table.test
    chance = CountingPredictor(ProblemKind.BINARY).predict(part).probabilities
    assert chance.sum(axis=1) == pytest.approx(1.0)
    assert (CountingPredictor(ProblemKind.REGRESSION).predict(part).values >= 0).all()
    assert fit_counting(given.table, seed=0).predict(part).values.shape == (part.n_rows,)
    with pytest.raises(ConfigurationError, match=r"core\.tabular"):
        fit_counting(segment_cases()[0].given.table, seed=0)


def test_the_best_tenth_shares_ties():
    assert top_share_of(np.arange(20.0), 0.1).sum() == pytest.approx(2.0)
    assert top_share_of(np.ones(20), 0.1) == pytest.approx(np.full(20, 0.1))
    assert lift_of(np.arange(10.0), np.ones(10))[10] == pytest.approx((0.5, 0.5))


def test_intervals_by_band_hold_what_they_say_on_the_rows_they_are_from():
    rng = np.random.default_rng(6)
    expected = rng.gamma(2, 10, 5000)
    spent = rng.gamma(1.5, expected)
    low, high = make_bands(expected, spent).interval(expected)
    assert ((spent >= low) & (spent <= high)).mean() == pytest.approx(0.8, abs=0.01)


def test_segments_without_structure_are_called_so():
    rng = np.random.default_rng(7)
    chosen, tried = choose_clustering(rng.random((250, 3)), seed=0)
    assert len(tried) == 7
    assert tried[-1].worst < 0.75  # eight segments of a uniform cloud are not found again
    assert chosen.k < 8
    assert [standing(x) for x in (0.8, 0.7, 0.5)] == ["stable", "doubtful", "unstable"]


def test_jaccard_counts_what_two_divisions_share():
    assert best_jaccard(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1]), 2) == pytest.approx([2 / 3, 0.5])


def withholding(given: AuditInput) -> AuditInput:
    return replace(given, policy=given.policy.model_copy(update={"minimum_cell": 5}))


def test_a_segment_of_a_handful_shows_none_of_their_figures(monkeypatch):
    kinds = np.repeat([0, 1, 2], [90, 90, 4])
    carried = _purchases(len(kinds), np.random.default_rng(8))
    found = Clustering(3, kinds, np.ones(3), np.linspace(0.9, 1.0, 25))
    monkeypatch.setattr(
        "testamur_retail.customers.check_segments.choose_clustering", lambda points, seed: (found, [found])
    )
    given = _given(_part(carried, np.zeros(len(kinds))), np.zeros(len(kinds)))
    outcome = find_segments(withholding(given))
    lines = json.loads(outcome.evidence[0].content)["segments"]
    assert [line["n"] for line in lines] == [90, 90, None]
    assert lines[2]["name"] == "segment 3, fewer than 5 customers"
    assert lines[2]["medians"] is lines[2]["jaccard"] is None
    assert [f.value is None for f in outcome.findings] == [False, False, False, True]
    assert _segment(lines[2])[1:] == [None, "withheld", None, None, None]


def test_a_group_of_whom_a_handful_get_the_offer_is_not_told():
    codes = (np.arange(400) >= 77).astype(np.int16)[
        :, None
    ]  # the offer goes to all 77 and to 3 of the others
    expected = np.where(np.arange(400) < 80, 5.0, 1.0)
    part = _part(_purchases(400, np.random.default_rng(2)), expected, groups=codes)
    given = _given(part, expected, (Attribute("region", "region", ("north", "south")),))
    told = {
        str(f.group): f for f in compare_offers(withholding(given)).findings if f.measure == "offer_share"
    }
    assert told["north"].value == 1.0
    assert told["south"].value is None
    assert "withheld" in told["south"].reason


def test_segments_of_a_handful_are_not_estimable():
    outcome = find_segments(segment_cases()[1].given)
    assert [f.status.value for f in outcome.findings] == ["not estimable"]


def test_new_orders_stand_on_the_day_after_the_last_and_are_counted_as_in_training():
    days = [date(2024, 1, 1) + timedelta(days=37 * k) for k in range(14)]
    orders = pl.DataFrame(
        {"customer": ["a", "b"] * 7, "date": days, "value": [10.0] * 14, "town": ["x"] * 14}
    )
    trained, _ = prepare_churn(orders)
    now, notes = prepare_new(orders)
    today = days[-1] + timedelta(days=1)
    assert now["snapshot"].dt.date().unique().to_list() == [today]
    assert set(trained.columns) - set(now.columns) == {"churned", "spend_next", "orders_next"}
    assert now["weeks_since_last"].to_list() == pytest.approx([38 / 7, 1 / 7])
    assert now["town"].to_list() == ["x", "x"]
    assert any(today.isoformat() in note for note in notes)
    snapshot = trained["snapshot"].dt.date().max()
    known = orders.filter(pl.col("date") < snapshot)
    last = known["date"].max()
    again, _ = prepare_new(known)
    then = trained.filter(pl.col("snapshot").dt.date() == snapshot)
    moved = (snapshot - last).days - 1
    assert again["orders"].to_list() == then["orders"].to_list()
    assert again["weeks_since_first"].to_list() == pytest.approx(
        [weeks - moved / 7 for weeks in then["weeks_since_first"]]
    )


def test_new_orders_without_a_purchase_are_refused():
    returned = pl.DataFrame({"customer": ["a"], "date": [date(2024, 1, 1)], "value": [-3.0]})
    with pytest.raises(DataError, match="purchases are required"):
        prepare_new(returned)
