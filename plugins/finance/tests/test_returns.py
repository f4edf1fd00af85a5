from __future__ import annotations

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import BuildContext
from testamur_finance.checks.golden_market import LEVELS, make_forecast
from testamur_finance.market.baselines import HISTORY, ewma_volatility, fit_ewma, fit_garch, fit_historical
from testamur_finance.market.rules import rule_forecasts
from testamur_finance.nets.returns import build
from testamur_finance.nets.settle import stretch_of
from testamur_finance.options import AllocationOptions, ReturnsOptions


def context(n_channels=1, levels=LEVELS) -> BuildContext:
    return BuildContext(
        0, (), len(levels), ProblemKind.FORECAST, (), seed=0, length=60, n_channels=n_channels, horizon=1,
        quantiles=levels, season=1,
    )  # fmt: skip


def windows(n=16, n_channels=1) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(n, 60, n_channels)).astype(np.float32))


@pytest.mark.parametrize("architecture", ["lstm", "mlp"])
def test_training_begins_at_settled_quantiles_times_volatility(architecture):
    net = build(context(), ReturnsOptions(architecture=architecture)).eval()
    net.settled.copy_(torch.tensor([-2.5, 0.1, 2.4]))
    window = windows()
    scale = net.volatility(window)[0]
    assert torch.allclose(net(window, None, None), scale * torch.tensor([-2.6, 0.0, 2.3]), atol=1e-5)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_unit_of_money_passes_through(n_channels):
    net = build(context(n_channels), ReturnsOptions()).eval()
    net.settled.copy_(torch.tensor([-2.5, 0.0, 2.4]))
    for parameter in net.head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    window = windows(n_channels=n_channels)
    assert torch.allclose(net(3 * window, None, None), 3 * net(window, None, None), rtol=1e-3, atol=1e-4)


def test_without_a_view_the_median_is_zero_and_with_one_it_is_not():
    window = windows()
    for direction in (False, True):
        net = build(context(), ReturnsOptions(direction=direction)).eval()
        net.settled.copy_(torch.tensor([-2.5, 0.1, 2.4]))
        torch.nn.init.normal_(net.head.weight, std=0.3)
        median = net(window, None, None)[:, 1]
        assert (median == 0).all() != direction


def test_the_squared_form_states_one_mean():
    net = build(context(), ReturnsOptions(loss="squared")).eval()
    assert net(windows(), None, None).shape == (16, 1)


def test_a_stretch_makes_the_share_right_and_is_bounded():
    rng = np.random.default_rng(0)
    target = rng.normal(size=20_000)
    factor = stretch_of(target, np.full(20_000, -1.5), 0.05)
    assert (target < -1.5 * factor).mean() == pytest.approx(0.05, abs=1e-3)
    assert stretch_of(target, np.full(20_000, -0.5), 0.01) == 1.25
    assert stretch_of(target, np.zeros(20_000), 0.5) == 1.0


def test_historical_simulation_is_the_quantile_of_the_days_before():
    returns = np.random.default_rng(0).normal(size=(2, 700))
    given = make_forecast(returns, np.zeros((2, 50, 3)))
    said = fit_historical(given.table, seed=0, threads=1).predict(given.table.test).quantiles
    past = returns[1, 650 - HISTORY : 650].astype(np.float32)
    assert said[50, 0] == pytest.approx(np.quantile(past, LEVELS), abs=1e-6)


def test_ewma_volatility_is_its_recursion_and_sees_no_coming_day():
    returns = np.random.default_rng(0).normal(size=300)
    found = ewma_volatility(returns)
    assert found[100] ** 2 == pytest.approx(0.94 * found[99] ** 2 + 0.06 * returns[99] ** 2)
    changed = returns.copy()
    changed[200:] *= 10
    assert ewma_volatility(changed)[:201] == pytest.approx(found[:201])


@pytest.mark.parametrize("fit", [fit_ewma, fit_garch])
def test_a_baseline_covers_what_was_drawn_from_it(fit):
    rng = np.random.default_rng(1)
    scale = np.exp(0.3 * np.sin(np.arange(3000) / 100))
    given = make_forecast((scale * rng.normal(size=3000))[None], np.zeros((1, 1500, 3)))
    said = fit(given.table, seed=0, threads=1).predict(given.table.test).quantiles[:, 0]
    assert np.mean(given.table.test.target[:, 0] < said[:, 0]) == pytest.approx(0.01, abs=0.007)


def test_rules_know_nothing_of_the_day_they_forecast():
    returns = np.random.default_rng(0).normal(size=(1, 200))
    last = returns.copy()
    last[0, -1] = 50.0
    for name, values in rule_forecasts(make_forecast(returns, np.zeros((1, 40, 3))).table).items():
        again = rule_forecasts(make_forecast(last, np.zeros((1, 40, 3))).table)[name]
        assert again == pytest.approx(values), name


def test_the_questionnaire_refuses_answers_that_are_none():
    with pytest.raises(ValueError, match="reaction"):
        AllocationOptions(reaction="panic")
    with pytest.raises(ValueError, match="share_of_wealth"):
        AllocationOptions(share_of_wealth=0.0)


def test_a_median_that_takes_a_view_is_held_against_the_random_walk():
    from testamur_finance.checks.direction import measure_direction

    returns = np.random.default_rng(0).normal(size=(1, 400))
    for median, known in ((0.0, False), (0.1, True)):
        quantiles = np.tile([-2.3, median, 2.3], (1, 200, 1))
        found = measure_direction(make_forecast(returns, quantiles)).findings
        lead = next(f for f in found if f.measure == "hit_rate_lead")
        assert (lead.value is not None) == known


def test_a_model_without_baselines_of_its_own_is_held_against_the_past():
    from testamur_finance.checks.pinball import measure_pinball

    returns = np.random.default_rng(0).normal(size=(1, 900))
    given = make_forecast(returns, np.tile([-2.326, 0.0, 2.326], (1, 300, 1)))
    found = {f.measure: f for f in measure_pinball(given).findings}
    assert found["pinball_ratio_historical"].value < 1.01
