"""Shadow models: the recipe again, one by one or stacked, with the same weights in the end."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import Cancelled
from testamur.contracts.model import TrainingOptions, TrainingSummary
from testamur.contracts.privacy import PrivacyOptions
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions
from testamur.train.shadow import NO_PATIENCE, Recipe, ShadowTrainer

from .conftest import SMALL, draw_table

SUMMARY = TrainingSummary(
    model="core.tabular", options={}, n_parameters=1, epochs_run=12, best_epoch=12, stopped_early=False,
    device="cpu", precision="fp32", batch_size=32, seconds=2.0, history=(),
)  # fmt: skip


def make(table, *, stack=True, summary=SUMMARY, stop=lambda: None, model=None, **training):
    options = TabularOptions(**{**SMALL, "architecture": "mlp", "dropout": 0.0, **(model or {})})
    settings = TrainingOptions.parse({"epochs": 12, "batch_size": 32, "threads": 1, **training})
    return ShadowTrainer(Recipe(TABULAR, options, settings, table, "cpu"), summary, stop, stack=stack)


def said(predictor, part):
    predictions = predictor.predict(part)
    return predictions.values if predictions.probabilities is None else predictions.probabilities


@pytest.mark.parametrize("kind", [ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION])
@pytest.mark.parametrize("bins", [0, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_stack_ends_with_the_weights_of_the_recipe(kind, bins, weighted):
    table = draw_table(kind, weighted=weighted)
    rows = [np.random.default_rng(1).permutation(300)[:170]]
    settings = {"class_weights": "balanced"} if kind is not ProblemKind.REGRESSION else {}
    fast, slow = (
        make(table, stack=s, model={"bins": bins}, patience=3, **settings).train(rows, 5)
        for s in (True, False)
    )
    expected = said(slow[0], table.test)
    assert np.abs(said(fast[0], table.test) - expected).max() < 2e-5 * max(1.0, np.abs(expected).max())


def test_networks_of_a_stack_do_not_see_each_other():
    table = draw_table()
    r = np.random.default_rng(2)
    rows = [np.sort(r.permutation(300)[:150]) for _ in range(3)]
    fast, slow = (make(table, stack=s, model={"bins": 0}).train(rows, 7) for s in (True, False))
    for one, other in zip(fast, slow, strict=True):
        assert np.abs(said(one, table.test) - said(other, table.test)).max() < 2e-5
    assert np.abs(said(fast[0], table.test) - said(fast[1], table.test)).max() > 1e-3


def test_with_dropout_and_rows_of_its_own_a_stack_is_as_good_as_the_recipe():
    table = draw_table(n=600)
    r = np.random.default_rng(3)
    rows = [np.flatnonzero(r.random(600) < 0.5) for _ in range(4)]

    def losses(stack):
        trained = make(table, stack=stack, model={"dropout": 0.15, "bins": 0}, patience=8)
        right = [
            np.clip(said(p, table.test)[np.arange(200), table.test.target], 1e-7, 1)
            for p in trained.train(rows, 9)
        ]
        return -np.log(np.array(right)).mean(axis=1)

    fast, slow = losses(True), losses(False)
    assert abs(fast.mean() - slow.mean()) < 3 * (fast.var() + slow.var()) ** 0.5 / 2 + 0.02


def test_rows_of_another_part_can_be_learnt_from():
    table = draw_table()
    moved = dataclasses.replace(table, train=table.test)
    there = make(table).train([np.arange(80)], 1, part=table.test)[0]
    own = make(table).train([np.arange(80)], 1)[0]
    assert not np.array_equal(said(there, table.test), said(own, table.test))
    expected = make(moved).train([np.arange(80)], 1)[0]
    assert np.abs(said(there, table.test) - said(expected, table.test)).max() < 0.1


def test_the_same_seed_gives_the_same_models_and_another_seed_others():
    table, rows = draw_table(), [np.arange(0, 300, 2)]
    first, again, other = (said(make(table).train(rows, seed)[0], table.test) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_epochs_end_with_the_best_one_of_the_audited_model_and_that_is_said():
    stopped = SUMMARY.model_copy(update={"epochs_run": 12, "best_epoch": 3})
    trainer = make(draw_table(), summary=stopped)
    assert NO_PATIENCE in trainer.differences
    assert NO_PATIENCE not in make(draw_table()).differences
    assert trainer.estimate_seconds(300, 4) < make(draw_table()).estimate_seconds(300, 4)


def test_private_training_and_other_wishes_go_one_by_one():
    table = draw_table()
    assert make(table)._stacks
    assert not make(table, privacy=PrivacyOptions(epsilon=3.0).model_dump())._stacks
    assert not make(table, model={"architecture": "tabm"})._stacks
    assert not make(table, precision="bf16")._stacks


@pytest.mark.parametrize("stack", [True, False])
def test_an_attempt_can_be_cancelled_in_the_middle(stack):
    def stop():
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        make(draw_table(), stack=stack, stop=stop).train([np.arange(300)], 1)
