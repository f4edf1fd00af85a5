"""core.ensemble: members hold folds out, keep their own best weights, and are blended on held-out rows."""

import dataclasses

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.metrics import roc_auc_score

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError, Interrupted
from testamur.contracts.model import ClassWeights, TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import boosting
from testamur.train import loop as loop_module
from testamur.train.baselines import fit_naive
from testamur.train.blend import settle_share
from testamur.train.cross_fit import CrossFitForm
from testamur.train.ensemble_options import EnsembleOptions
from testamur.train.fit import fit_model
from testamur.train.folds import assign_folds, take_rows
from testamur.train.loop import Loop
from testamur.train.models import ENSEMBLE
from testamur.train.restore import load_predictor

from .conftest import draw_table, with_part
from .test_fitting import KINDS, loss_of
from .test_resuming import StopsAt

SMALL = {"members": 4, "folds": 4, "hidden": 8, "bins": 4, "blend": False}


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(boosting, "MOST_TREES", 25)


@pytest.fixture
def fit(tmp_path):
    def run(table, *, folder="run", observer=None, seed=0, model=None, **training):
        return fit_model(
            ENSEMBLE,
            EnsembleOptions(**{**SMALL, **(model or {})}),
            TrainingOptions.parse({"epochs": 4, "batch_size": 32, "threads": 1, **training}),
            table,
            seed=seed,
            device="cpu",
            folder=tmp_path / folder,
            observer=observer or RecordingObserver(),
        )

    return run


def noisy(table):
    """Targets that nothing can be learnt about."""
    draw = np.random.default_rng(0)
    for name in ("train", "validation"):
        table = with_part(table, name, target=draw.integers(0, 2, table.part(name).n_rows))
    return table


def said(predictions):
    return predictions.values if predictions.probabilities is None else predictions.probabilities


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blend", [False, True])
def test_it_learns_every_kind_of_problem(fit, kind, blend):
    table = draw_table(kind, weighted=True)
    model = fit(table, epochs=30, learning_rate=0.01, model={"blend": blend})
    naive = loss_of(fit_naive(table).predict(table.test), table.test)
    assert loss_of(model.predictor.predict(table.test), table.test) < 0.7 * naive
    assert loss_of(model.held_out["validation"], table.validation) < 0.8 * naive


@pytest.mark.parametrize("kind", KINDS)
def test_no_gradient_reaches_a_member_from_the_rows_it_holds_out(kind):
    table = draw_table(kind, weighted=True)
    form = CrossFitForm.plan_folds(table, n_folds=4, n_members=8)
    learning, judging = form.shared(table, "cpu", None, 3)
    batch = learning.batch(slice(0, None))
    output = torch.randn(learning.n, 8, table.n_outputs, requires_grad=True)
    form.loss(output, batch).backward()
    touched = output.grad.abs().sum(dim=-1).numpy() > 0  # (n, 8)
    fold = assign_folds(table, 4, seed=3)
    own = fold[:, None] == (np.arange(8) % 4)[None, :]
    assert np.array_equal(touched, ~own)
    assert np.array_equal(judging.batch(slice(0, None)).share.numpy() > 0, own)


def test_the_loss_of_each_member_is_that_of_its_own_fold():
    table = draw_table(ProblemKind.REGRESSION, weighted=True)
    form = CrossFitForm.plan_folds(table, n_folds=4, n_members=4)
    _, judging = form.shared(table, "cpu", None, 0)
    batch = judging.batch(slice(0, None))
    output = torch.randn(judging.n, 4, 1)
    whole, members = form.judge(output, batch)
    fold = assign_folds(table, 4, seed=0)
    target, weight = batch.target.numpy(), batch.weight.numpy()
    errors = (output[..., 0].numpy() - target[:, None]) ** 2
    for k in range(4):
        expected = np.average(errors[fold == k, k], weights=weight[fold == k])
        assert members[k].item() / judging.n == pytest.approx(expected, rel=1e-5)
    held = errors[np.arange(len(fold)), fold]
    assert whole.item() / judging.n == pytest.approx((held * weight).mean(), rel=1e-5)


@pytest.mark.parametrize("blend", [False, True])
def test_rows_it_learnt_from_are_judged_by_members_that_did_not(fit, blend):
    """Of noise, it remembers what it saw; what it says of held-out rows shows that it knows nothing."""
    table = noisy(draw_table())
    free = {"hidden": 64, "dropout": 0.0, "blend": blend}
    model = fit(table, epochs=40, learning_rate=0.02, patience=40, model=free)
    parts = ("train", "validation")
    target = np.concatenate([table.part(name).target for name in parts])
    remembered = np.concatenate([model.predictor.predict(table.part(name)).event for name in parts])
    held = np.concatenate([model.held_out[name].event for name in parts])
    assert abs(roc_auc_score(target, held) - 0.5) < 0.1  # 400 rows of noise: standard error 0.03
    assert roc_auc_score(target, remembered) > roc_auc_score(target, held) + 0.08


def test_the_test_part_has_no_part_in_it(fit):
    table = draw_table()
    other = with_part(table, "test", target=1 - table.test.target, numeric=table.test.numeric + 5)
    model = {"blend": True}
    assert fit(table, model=model).weights == fit(other, folder="other", model=model).weights


def test_each_member_keeps_the_weights_of_its_own_best_epoch(fit, monkeypatch):
    loops, real = [], Loop.best_module

    def remember(self):
        loops.append(self)
        return real(self)

    monkeypatch.setattr(Loop, "best_module", remember)
    table = noisy(draw_table())
    model = fit(table, epochs=15, learning_rate=0.02, model={"members": 8, "dropout": 0.0})
    assert len(set(model.summary.member_epochs)) > 1
    loop = loops[0]
    batch = loop.validation.batch(slice(0, None))
    with torch.no_grad():
        _, members = loop.form.judge(loop.module(*batch.inputs), batch)
    np.testing.assert_allclose(members.numpy() / loop.validation.n, loop.progress.member_losses, rtol=1e-5)


def test_it_stops_when_the_patience_of_most_members_is_at_an_end(fit):
    model = fit(noisy(draw_table()), epochs=60, learning_rate=0.02, patience=3)
    assert model.summary.stopped_early
    last = model.summary.epochs_run
    assert sum(last - epoch >= 3 for epoch in model.summary.member_epochs) >= 0.9 * 4


@pytest.mark.parametrize("at", [1, 13, 14, 15, 30, 55, 58, 60])
def test_an_interruption_anywhere_changes_nothing(fit, monkeypatch, at):
    """In an epoch, at its seam, and between the boostings of the blend (after 4 x 14 + 4 questions)."""
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    table, model = draw_table(weighted=True), {"blend": True}
    whole = fit(table, folder="whole", model=model)
    with pytest.raises(Interrupted):
        fit(table, folder="torn", model=model, observer=StopsAt(at))
    resumed = fit(table, folder="torn", model=model)
    assert resumed.weights == whole.weights
    assert resumed.summary.member_epochs == whole.summary.member_epochs
    assert np.array_equal(resumed.held_out["validation"].event, whole.held_out["validation"].event)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blend", [False, True])
def test_a_restored_ensemble_predicts_the_same(fit, tmp_path, kind, blend):
    table = draw_table(kind)
    model = fit(table, epochs=2, model={"blend": blend})
    model.save(tmp_path / "saved")
    again = load_predictor(tmp_path / "saved", ENSEMBLE)
    for part in (table.train, table.test):
        assert np.array_equal(said(again.predict(part)), said(model.predictor.predict(part)))


def test_the_parts_of_a_blend_stand_beside_it_and_the_blend_lies_between(fit):
    table = draw_table(weighted=True)
    model = fit(table, epochs=10, learning_rate=0.01, model={"blend": True})
    share = model.summary.settled["share of gradient boosting"]
    nets, trees = (model.beside[name].predict(table.test).event for name in ("networks", "bagged"))
    expected = nets + share * (trees - nets)
    np.testing.assert_allclose(model.predictor.predict(table.test).event, expected, atol=1e-5)


def test_classes_are_weighted_in_networks_and_trees(fit):
    table = draw_table()
    keep = np.flatnonzero((table.train.target == 0) | (np.arange(table.train.n_rows) % 10 == 0))
    rare = dataclasses.replace(table, train=take_rows(table.train, keep))
    how = {"epochs": 20, "learning_rate": 0.01, "model": {"blend": True}}
    plain = fit(rare, **how)
    balanced = fit(rare, folder="balanced", class_weights=ClassWeights.BALANCED, **how)
    for name in ("model", "networks", "bagged"):
        one, two = ((m.beside.get(name) or m.predictor).predict(table.test).event for m in (plain, balanced))
        assert two.mean() > one.mean() + 0.05, name


def test_missing_values_are_seen_as_such(fit):
    draw = np.random.default_rng(4)
    table = draw_table(n=600)
    for name in ("train", "validation", "test"):
        missing = np.zeros_like(table.part(name).missing)
        missing[:, 1] = draw.random(len(missing)) < 0.5
        numeric = np.where(missing, 0.0, table.part(name).numeric).astype(np.float32)
        target = missing[:, 1].astype(np.int64)  # the outcome is whether the cell was empty
        table = with_part(table, name, missing=missing, numeric=numeric, target=target)
    for blend in (False, True):
        model = fit(table, folder=f"b{blend}", epochs=15, learning_rate=0.02, model={"blend": blend})
        assert roc_auc_score(table.test.target, model.predictor.predict(table.test).event) > 0.99


def test_members_must_be_divided_by_folds_and_rows_enough_for_them(fit):
    with pytest.raises(ValidationError, match="members=4, folds=3"):
        EnsembleOptions(members=4, folds=3)
    with pytest.raises(DataError, match="as many rows as folds"):
        fit(draw_table(n=3), model={"members": 8, "folds": 8})


def test_a_share_is_settled_on_what_rows_can_tell():
    draw = np.random.default_rng(0)
    truth = draw.random(2000)
    target = (draw.random(2000) < truth).astype(np.int64)
    useless = np.full(2000, 0.5)
    assert settle_share(useless, truth, target, None) >= 0.8
    assert settle_share(truth, useless, target, None) <= 0.2
    assert settle_share(truth, truth, target, None) == 0.5
    few = slice(0, 12)  # twelve rows do not tell which of two is better
    near = np.clip(truth + draw.normal(0, 0.05, 2000), 0.01, 0.99)
    assert settle_share(truth[few], near[few], target[few], None) == 0.5
    values = draw.normal(size=500)
    assert settle_share(values + draw.normal(size=500), values, values, np.ones(500)) == 1.0
    classes = np.stack([1 - truth, truth], axis=1)
    assert settle_share(np.full((2000, 2), 0.5), classes, target, None) >= 0.8
