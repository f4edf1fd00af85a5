from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from testamur_education.dif.holm import holm
from testamur_education.dif.logistic import fit_logistic, logistic_dif
from testamur_education.dif.mantel_haenszel import MantelHaenszel, ets_class, mantel_haenszel


def expand(tables):
    """Rows of 2 x 2 tables (reference right, wrong; focal right, wrong), one per stratum."""
    right, focal, stratum = [], [], []
    for number, (a, b, c, d) in enumerate(tables):
        for count, y, g in ((a, 1, False), (b, 0, False), (c, 1, True), (d, 0, True)):
            right += [float(y)] * count
            focal += [g] * count
            stratum += [number] * count
    return np.array(right), np.array(focal), np.array(stratum)


def test_the_common_odds_ratio_is_the_textbooks():
    # A. Agresti, Categorical Data Analysis (2013), section 6.4: the estimate by hand, two strata.
    found = mantel_haenszel(*expand([(11, 25, 10, 27), (16, 4, 22, 10)]))
    by_hand = (11 * 27 / 73 + 16 * 10 / 52) / (25 * 10 / 73 + 4 * 22 / 52)
    assert np.exp(found.log_odds) == pytest.approx(by_hand)
    assert (found.n_reference, found.n_focal) == (56, 69)


def test_the_error_of_one_stratum_is_near_woolfs():
    a, b, c, d = 60, 40, 30, 70
    found = mantel_haenszel(*expand([(a, b, c, d)]))
    assert found.log_odds == pytest.approx(np.log(a * d / (b * c)))
    assert found.error == pytest.approx((1 / a + 1 / b + 1 / c + 1 / d) ** 0.5, rel=0.02)


def test_strata_with_one_group_only_say_nothing():
    both = mantel_haenszel(*expand([(60, 40, 30, 70)]))
    padded = mantel_haenszel(*expand([(60, 40, 30, 70), (50, 3, 0, 0)]))
    assert padded.log_odds == both.log_odds
    assert mantel_haenszel(*expand([(5, 5, 0, 0)])) is None


@pytest.mark.parametrize(
    ("log_odds", "error", "wanted"),
    [
        (0.2, 0.05, "A"),
        (0.5, 0.3, "A"),
        (0.5, 0.05, "B"),
        (0.8, 0.4, "B"),
        (0.8, 0.5, "A"),
        (0.9, 0.05, "C"),
        (-0.9, 0.05, "C"),
    ],
)
def test_classes_are_those_of_ets(log_odds, error, wanted):
    assert ets_class(MantelHaenszel(log_odds, error, 0.0, 100, 100)) == wanted


def test_logistic_regression_is_that_of_another_program():
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    outcome = (rng.random(400) < 1 / (1 + np.exp(-design @ [0.3, 1.0, -0.5]))).astype(float)
    oracle = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000).fit(design, outcome)
    assert np.allclose(fit_logistic(design, outcome)[0], oracle.coef_[0], atol=1e-4)


def test_a_shift_is_uniform_and_a_turn_is_not():
    rng = np.random.default_rng(1)
    score, focal = rng.normal(size=4000), rng.random(4000) < 0.5
    shifted = (rng.random(4000) < 1 / (1 + np.exp(-(score - 0.8 * focal)))).astype(float)
    turned = (rng.random(4000) < 1 / (1 + np.exp(-score * np.where(focal, 0.2, 1.8)))).astype(float)
    a, b = logistic_dif(shifted, focal, score), logistic_dif(turned, focal, score)
    assert a.uniform_p < 1e-6 < a.non_uniform_p
    assert a.group_effect < -0.5
    assert b.non_uniform_p < 1e-6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_helps_and_keeps_the_order(p_values):
    p = np.array(p_values)
    adjusted = holm(p)
    assert (adjusted >= p - 1e-15).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-15).all()
    assert adjusted.min() == pytest.approx(min(p.min() * len(p), 1.0))
