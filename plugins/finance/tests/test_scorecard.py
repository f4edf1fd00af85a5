from __future__ import annotations

import numpy as np
import pytest

from testamur.contracts.errors import ConfigurationError
from testamur.contracts.model import BuildContext
from testamur_finance.credit.basis import KNOTS, bend, design
from testamur_finance.credit.logistic import fit_logistic, sigmoid
from testamur_finance.credit.scorecard import fit_scorecard, reweigh
from testamur_finance.options import ScorecardOptions


def test_the_fit_is_that_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5))
    event = (rng.random(400) < sigmoid(x @ [1.0, -0.5, 0.0, 0.3, 0.0] - 0.4)).astype(float)
    weight = rng.uniform(0.5, 2.0, 400)
    ours = fit_logistic(x, event, ridge=2.0, weight=weight)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(x, event, sample_weight=weight)
    assert ours[1:] == pytest.approx(theirs.coef_[0], abs=1e-4)
    assert ours[0] == pytest.approx(theirs.intercept_[0], abs=1e-4)


def test_a_separable_sample_is_settled_by_the_penalty():
    x = np.linspace(-1, 1, 40)[:, None]
    beta = fit_logistic(x, (x[:, 0] > 0).astype(float), ridge=1.0)
    assert np.isfinite(beta).all()
    assert beta[1] > 0


def test_bends_are_zero_below_their_knot():
    rows = bend(np.array([[-1.0], [1.0]]))
    assert rows[0].tolist() == [-1.0, 0.0, 0.0, 0.0]
    assert rows[1].tolist() == pytest.approx([1.0, *(1.0 - k for k in KNOTS)])


def test_contributions_add_up_to_the_score(german, card):
    parts = card.contributions(german.test)
    assert parts.sum(axis=1) + card.intercept == pytest.approx(card.score(german.test))


def test_the_network_says_what_the_card_says(german, card):
    import torch

    from testamur_finance.nets.scorecard import build, fit_points

    context = BuildContext(german.n_numeric, german.cardinalities, 1, german.problem.kind, (), seed=0)
    net = build(context, ScorecardOptions())
    fit_points(net, german, ScorecardOptions(), seed=0, stop=lambda: None)
    with torch.no_grad():
        odds = net(torch.from_numpy(german.test.numeric), torch.from_numpy(german.test.categorical))[:, 0]
    assert odds.numpy() == pytest.approx(card.score(german.test), abs=1e-4)


def test_a_feature_that_is_left_out_has_no_points(german):
    left = fit_scorecard(german, ScorecardOptions(without=["housing", "amount"]))
    names = [f.name for f in german.features]
    parts = left.contributions(german.test)
    assert not parts[:, [names.index("housing"), names.index("amount")]].any()
    assert parts[:, names.index("checking")].any()


def test_every_wrong_option_is_told_at_once(german):
    with pytest.raises(ConfigurationError) as caught:
        fit_scorecard(german, ScorecardOptions(without=["colour"], reweigh="religion"))
    assert "colour" in str(caught.value)
    assert "religion" in str(caught.value)
    with pytest.raises(ConfigurationError, match="one feature must be left"):
        fit_scorecard(german, ScorecardOptions(without=[f.name for f in german.features]))


def test_weights_make_outcome_and_group_unrelated():
    rng = np.random.default_rng(1)
    group = rng.integers(0, 2, 500)
    event = (rng.random(500) < 0.2 + 0.4 * group).astype(int)
    weight = reweigh(event, group)
    rates = [np.average(event[group == g], weights=weight[group == g]) for g in (0, 1)]
    assert rates[0] == pytest.approx(rates[1])
    assert weight.sum() == pytest.approx(500)


def test_rows_without_a_group_keep_their_weight():
    assert reweigh(np.array([0, 1, 0, 1]), np.array([-1, -1, 0, 0]))[:2].tolist() == [1.0, 1.0]


def test_the_design_has_a_column_per_level_and_bend(german, card):
    x = design(card.basis, german.train)
    assert x.shape == (german.train.n_rows, 4 * german.n_numeric + sum(german.cardinalities))
