"""A one-run attack on real private trainings: it stays below the bound, and finds missing noise."""

import dataclasses

import numpy as np
import pytest

from testamur.audit.one_run import guess_coins
from testamur.train import private_loop
from testamur.train.folds import take_rows

from .conftest import draw_table

N, DELTA, CLAIMED = 600, 1e-4, 1.0


def attack(fit, **privacy):
    """Half of the rows, by coin, are trained on with labels by coin; their losses are scored."""
    rng = np.random.default_rng(4)
    table = draw_table(n=N)
    part = dataclasses.replace(
        table.train, target=rng.integers(0, 2, N), numeric=rng.normal(size=(N, 4)).astype(np.float32),
        missing=np.zeros((N, 4), bool),
    )  # fmt: skip
    member = rng.random(N) < 0.5
    table = dataclasses.replace(table, train=take_rows(part, np.flatnonzero(member)))
    trained = fit(
        table, epochs=60, batch_size=64, learning_rate=0.02, weight_decay=0.0,
        model={"architecture": "mlp", "hidden": 128, "dropout": 0.0, "bins": 16, "embedding": 8},
        privacy={"epsilon": CLAIMED, "delta": DELTA, "accountant": "rdp", "clip": 1.0, **privacy},
    )  # fmt: skip
    event = trained.predictor.predict(part).event
    chance = np.clip(np.where(part.target == 1, event, 1 - event), 1e-9, 1)
    found = guess_coins(member, np.log(chance), DELTA)
    return max(guesses.epsilon for guesses in found), trained.summary.privacy


def test_the_lower_bound_stays_below_the_accountants(fit):
    lower, told = attack(fit)
    assert lower <= told.epsilon_spent <= CLAIMED


def test_noise_that_is_missing_is_found(fit, monkeypatch):
    """The training claims its epsilon as ever; what it draws as noise is nothing."""
    monkeypatch.setattr(private_loop.PrivateLoop, "draw_noise", lambda self: self.optimiser.gradient.zero_())
    lower, told = attack(fit)
    assert told.epsilon_spent <= CLAIMED
    assert lower > told.epsilon_spent == pytest.approx(CLAIMED, rel=0.02)
