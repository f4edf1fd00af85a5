"""Curves, log ratios, bounds, sweeps and flips against independent answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.audit.fairness_curves import _drawn, distance_between
from testamur.audit.fairness_further import CHECKS, DIFFERENTIAL, FLIPS, UNKNOWN
from testamur.audit.fairness_thresholds import share_at_least
from testamur.audit.fairness_unknown import rate_bounds
from testamur.audit.golden_fairness_further import flip_cases
from testamur.audit.golden_world import from_cells, make_input
from testamur.audit.roc_distance import (
    area_between,
    areas,
    count_bins,
    draw_curves,
    fine_bins,
    joined,
    roc_of,
    roc_of_bins,
)
from testamur.audit.run import run_check
from testamur.contracts.finding import CheckStatus

QUICK = settings(max_examples=25, deadline=None)


def world(seed, n=120, levels=6):
    r = np.random.default_rng(seed)
    event = r.integers(0, 2, n)
    event[:2] = [0, 1]
    return event, r.integers(0, levels, n) / levels


@QUICK
@given(st.integers(0, 500), st.integers(1, 12))
def test_area_between_curves_equals_fine_numerical_integration(seed, levels):
    from sklearn.metrics import roc_curve

    one, two = world(seed, levels=levels), world(seed + 1000, levels=levels)
    curves = [roc_of(*one), roc_of(*two)]
    grid = (np.arange(200_000) + 0.5) / 200_000
    peers = [roc_curve(event, score, drop_intermediate=False)[:2] for event, score in (one, two)]
    numeric = np.abs(np.interp(grid, *peers[0]) - np.interp(grid, *peers[1])).mean()
    assert area_between(*curves) == pytest.approx(numeric, abs=2e-5)
    assert area_between(curves[0], curves[0]) == 0.0
    assert area_between(*curves) == pytest.approx(area_between(*curves[::-1]), abs=1e-15)


def test_curves_of_groups_that_are_alike_are_seldom_told_apart():
    r = np.random.default_rng(5)
    n, alarms, apart = 200, 0, 0
    for shift in [1.0] * 60 + [2.5] * 10:
        event = r.integers(0, 2, (2, n))
        score = r.normal(size=(2, n)) + event * np.array([[1.0], [shift]])
        place = fine_bins(score.ravel()).reshape(2, n)
        counts = [count_bins(e, p) for e, p in zip(event, place, strict=True)]
        value = area_between(*(roc_of(e, s) for e, s in zip(event, score, strict=True)))
        one, two = (_drawn(c, 200, r) for c in counts)
        found = distance_between(value, *one, *two, 0.95, 2 * n)
        assert found.low <= value <= found.high
        alarms += shift == 1.0 and found.low > 0
        apart += shift > 1.0 and found.low > 0
    assert alarms <= 8  # of 60 at 5 %: more comes in less than 1 of 100 runs
    assert apart >= 8


def test_drawn_curves_scatter_around_the_area():
    r = np.random.default_rng(0)
    event = r.integers(0, 2, 4000)
    score = event + r.normal(size=4000) * np.repeat([0.6, 2.0], 2000)
    place = fine_bins(score)
    parts = [slice(0, 2000), slice(2000, None)]
    drawn = [draw_curves(joined(count_bins(event[p], place[p])), 200, r) for p in parts]
    value = area_between(*(roc_of(event[p], score[p]) for p in parts))
    assert np.median(areas(*drawn)) == pytest.approx(value, abs=0.01)
    binned = [roc_of_bins(count_bins(event[p], place[p])) for p in parts]
    assert area_between(*binned) == pytest.approx(value, abs=1e-4)


@QUICK
@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=2, max_size=3),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_bounds_hold_every_way_to_place_the_unknown_and_are_reached(known, u_chosen, u_rest):
    rows = np.array([a + b for a, b in known], float)
    chosen = np.array([a for a, _ in known], float)
    low, high = rate_bounds(rows, chosen, u_chosen + u_rest, u_chosen)
    placed = [(chosen[0] + a) / (rows[0] + a + b) for a in range(u_chosen + 1) for b in range(u_rest + 1)]
    assert min(placed) == pytest.approx(low[0])
    assert max(placed) == pytest.approx(high[0])


def test_a_group_that_is_never_selected_has_an_open_end():
    event, risk, groups = from_cells({"a": (40, 20, 20, 20), "b": (60, 0, 40, 0)})
    _, outcome = run_check(make_input(event, {"model": risk}, groups=groups), DIFFERENTIAL)
    (finding,) = outcome.findings
    assert finding.high is None
    assert 0 < finding.low < finding.value < np.inf


def test_differential_fairness_equals_the_largest_ratio_by_hand():
    event, risk, groups = from_cells({"a": (40, 20, 20, 20), "b": (60, 10, 20, 10), "c": (5, 45, 5, 45)})
    _, outcome = run_check(make_input(event, {"model": risk}, groups=groups), DIFFERENTIAL)
    rates = np.array([40.5 / 101, 20.5 / 101, 90.5 / 101])
    by_hand = max(np.ptp(np.log(rates)), np.ptp(np.log(1 - rates)))
    assert outcome.findings[0].value == pytest.approx(by_hand, abs=1e-12)


def test_without_gaps_in_the_groups_bounds_do_not_apply():
    event, risk, groups = from_cells({"a": (40, 20, 20, 20), "b": (60, 10, 20, 10)})
    entry, _ = run_check(make_input(event, {"model": risk}, groups=groups), UNKNOWN)
    assert entry.status is CheckStatus.NOT_APPLICABLE


def test_a_model_that_does_not_see_the_attribute_is_told_apart_from_one_that_flips_nothing():
    seen = flip_cases()[0].given
    table = replace(seen.table, attributes=(replace(seen.table.attributes[0], name="other"),))
    entry, _ = run_check(replace(seen, table=table), FLIPS)
    assert entry.status is CheckStatus.NOT_APPLICABLE
    assert "protected_as_features" in entry.reason


@QUICK
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=5)
)
def test_a_sweep_counts_like_comparing_row_by_row(risk, swept):
    risk, swept = np.array(risk) / 10, np.unique(swept) / 10
    assert share_at_least(risk, swept) == pytest.approx([(risk >= t).mean() for t in swept])


def test_checks_of_decisions_name_groups_that_are_too_small():
    event, risk, groups = from_cells({"a": (40, 20, 20, 20), "b": (2, 1, 1, 1)})
    given_ = make_input(event, {"model": risk}, groups=groups)
    for check in CHECKS[:2] + CHECKS[3:5]:
        entry, outcome = run_check(given_, check)
        assert entry.status is CheckStatus.NOT_ESTIMABLE, check.key
        assert all(f.value is None and f.reason for f in outcome.findings), check.key
