"""Cells, rates and joint critical values against fairlearn and row-by-row bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from testamur.audit.cells import (
    RATES,
    count_strata,
    group_of_rows,
    pair_divisions,
    rates,
    single_divisions,
    sum_groups,
)
from testamur.audit.interval import critical_value
from testamur.audit.simultaneous import critical_values, percentile_rates, quantiles
from testamur.contracts.table import Attribute

ATTRIBUTES = (
    Attribute("a", "A", ("a0", "a1", "a2", "a3", "a4")),
    Attribute("b", "B", ("b0", "b1", "b2", "b3")),
)
SIZES = [5, 4]


def _rows(n, seed=0):
    r = np.random.default_rng(seed)
    a, b = r.choice(5, n, p=[0.4, 0.25, 0.2, 0.1, 0.05]), r.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    z = r.normal(size=n) + 0.2 * a - 0.1 * b
    event = (z + r.normal(size=n) > 0.3).astype(np.int64)
    return event, (z > 0.4).astype(np.int64), np.stack([a, b], axis=1).astype(np.int16)


def test_rates_equal_fairlearn():
    import pandas as pd
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score, precision_score

    event, selected, groups = _rows(4000)
    strata = count_strata(event, selected, groups, SIZES)
    division = pair_divisions(strata, ATTRIBUTES)[0]
    mine = rates(sum_groups(strata.counts, division))[0]
    frame = MetricFrame(
        metrics={
            "selection_rate": selection_rate,
            "true_positive_rate": true_positive_rate,
            "false_positive_rate": false_positive_rate,
            "positive_predictive_value": precision_score,
            "accuracy": accuracy_score,
        },
        y_true=event,
        y_pred=selected,
        sensitive_features=pd.DataFrame({"a": groups[:, 0], "b": groups[:, 1]}),
    ).by_group
    for i, rate in enumerate(RATES):
        for g, (a, b) in enumerate(division.codes):
            assert mine[g, i] == pytest.approx(frame.loc[(a, b), rate.name], abs=1e-12)


def test_strata_found_by_sorting_equal_those_found_by_counting(monkeypatch):
    event, selected, groups = _rows(500)
    groups[:7, 0] = -1
    dense = count_strata(event, selected, groups, SIZES)
    monkeypatch.setattr("testamur.audit.cells._DENSE_CODES", 3)
    sparse = count_strata(event, selected, groups, SIZES)
    assert np.array_equal(dense.counts, sparse.counts)
    assert np.array_equal(dense.levels, sparse.levels)


def test_missing_levels_are_left_out_of_their_attribute_alone():
    event, selected, groups = _rows(300)
    groups[:40, 0] = -1
    strata = count_strata(event, selected, groups, SIZES)
    first, second = single_divisions(strata, ATTRIBUTES)
    assert sum_groups(strata.counts, first).sum() == 260
    assert sum_groups(strata.counts, second).sum() == 300
    pair = pair_divisions(strata, ATTRIBUTES)[0]
    rows = group_of_rows(pair, groups)
    assert (rows[:40] == -1).all()
    for g in range(len(pair.groups)):
        assert sum_groups(strata.counts, pair)[g].sum() == (rows == g).sum()


def test_no_attribute_yields_one_stratum():
    event, selected, _ = _rows(50)
    strata = count_strata(event, selected, np.zeros((50, 0), np.int16), [])
    assert strata.counts.sum() == 50
    assert single_divisions(strata, ()) == []


def test_percentile_intervals_equal_those_of_resampled_rows():
    event, selected, groups = _rows(1500)
    strata = count_strata(event, selected, groups, SIZES)
    division = single_divisions(strata, ATTRIBUTES)[0]
    low, high = percentile_rates(strata, division, 2000, 0.95, np.random.default_rng(0))
    r, drawn = np.random.default_rng(1), []
    for _ in range(600):
        pick = r.integers(0, 1500, 1500)
        counted = count_strata(event[pick], selected[pick], groups[pick], SIZES)
        drawn.append(rates(sum_groups(counted.counts, single_divisions(counted, ATTRIBUTES)[0]))[0])
    slow_low, slow_high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    width = slow_high - slow_low
    assert np.abs((high - low) / width - 1).max() < 0.2
    assert np.abs((low - slow_low) / width).max() < 0.15
    assert np.abs((high - slow_high) / width).max() < 0.15


def test_quantiles_equal_numpy_with_missing_replicates():
    drawn = np.random.default_rng(0).normal(size=(101, 4))
    drawn[:30, 1] = np.nan
    for share, mine in zip((0.025, 0.5, 0.975), quantiles(drawn, (0.025, 0.5, 0.975)), strict=True):
        assert mine == pytest.approx(np.nanquantile(drawn, share, axis=0), abs=1e-12)


def test_critical_values_grow_with_the_family_and_stay_below_bonferroni():
    event, selected, groups = _rows(4000)
    strata = count_strata(event, selected, groups, SIZES)
    singles = single_divisions(strata, ATTRIBUTES)
    options = {"level": 0.95, "minimum": 20, "n_boot": 4000}
    both = critical_values(strata, singles, rng=np.random.default_rng(0), **options)
    one = critical_values(strata, singles[1:], rng=np.random.default_rng(0), **options)
    for rate in RATES:
        n_groups, n_pairs = 9, 10 + 6
        assert critical_value(0.95) <= one.groups[rate.name] < both.groups[rate.name] + 0.05
        assert both.groups[rate.name] < critical_value(0.95, n_groups) + 0.12
        assert one.pairs[rate.name] < both.pairs[rate.name] < critical_value(0.95, n_pairs) + 0.12
    assert both.pairs["equalised_odds"] >= both.pairs["true_positive_rate"]


def test_a_critical_value_from_few_draws_counts_that_they_are_few():
    """One pair of large groups needs 1.96: few draws never give less than it, many come close from above."""
    selected = np.tile([0, 1], 2000)
    strata = count_strata(selected, selected, np.repeat([0, 1], 2000)[:, None].astype(np.int16), [2])
    divisions = single_divisions(strata, (Attribute("a", "A", ("a0", "a1")),))
    few, many = (
        [
            critical_values(
                strata, divisions, level=0.95, minimum=20, n_boot=n, rng=np.random.default_rng(seed)
            ).pairs["selection_rate"]
            for seed in range(10)
        ]
        for n in (500, 20_000)
    )
    assert np.mean(few) > np.mean(many) + 0.05
    assert min(few) > 1.96  # the plain quantile of 500 draws is below it in half of the seeds
    assert np.mean(many) == pytest.approx(1.98, abs=0.02)


@pytest.mark.parametrize("n", [28_799, 28_801, 40_000])  # one at a time, two at a time with one left, two
def test_many_rows_are_counted_as_few_are(n):
    event, selected, groups = _rows(n)
    groups[::17, 1] = -1
    strata = count_strata(event, selected, groups, SIZES)
    wanted = np.zeros((6, 5, 2, 2), np.int64)
    np.add.at(wanted, (groups[:, 0] + 1, groups[:, 1] + 1, event, selected), 1)
    found = np.zeros_like(wanted)
    found[strata.levels[:, 0] + 1, strata.levels[:, 1] + 1] = strata.counts.reshape(-1, 2, 2)
    assert np.array_equal(found, wanted)
    assert len(strata.levels) == (wanted.sum(axis=(2, 3)) > 0).sum()
