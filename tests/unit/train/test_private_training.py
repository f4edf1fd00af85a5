"""A private training: what it spends, whom it draws, that it goes on exactly, that noise is what it says."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, DataError, Interrupted, TestamurError
from testamur.contracts.model import TrainingOptions
from testamur.contracts.privacy import AccountantKind, PrivacyUnit
from testamur.testing.fakes import RecordingObserver
from testamur.train import binding, private_loop
from testamur.train import loop as loop_module
from testamur.train.accountant import spent
from testamur.train.checkpoint import FILE
from testamur.train.layers import TabularMLP
from testamur.train.models import TABULAR
from testamur.train.normal_noise import MADE_OF
from testamur.train.private_fit import plan_units
from testamur.train.rows_form import RowsForm
from testamur.train.units import Units

from .conftest import draw_table, with_train
from .test_resuming import StopsAt

RDP = AccountantKind.RDP
PRIVACY = {"epsilon": 3.0, "delta": 1e-4, "accountant": "rdp"}


def with_entities(table, per_entity=5):
    return with_train(table, entity=np.arange(table.train.n_rows) // per_entity)


@pytest.fixture
def known_secret(monkeypatch):
    """Two trainings with the same secret, as never happens outside of a test."""
    monkeypatch.setattr(private_loop.secrets, "randbits", lambda n: 7)


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
@pytest.mark.parametrize("kind", [ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION])
def test_what_was_spent_is_told(fit, architecture, kind):
    trained = fit(draw_table(kind), model={"architecture": architecture}, privacy=PRIVACY)
    told = trained.summary.privacy
    assert told is not None
    assert (told.n_units, told.steps, told.unit) == (300, 4 * 10, PrivacyUnit.RECORD)
    assert told.sample_rate == pytest.approx(32 / 300)
    assert told.epsilon_spent == spent(told.noise_multiplier, told.sample_rate, told.steps, told.delta, RDP)
    assert 2.98 < told.epsilon_spent <= 3.0
    assert any("encoded" in words for words in told.not_covered)
    assert trained.summary.epochs_run == trained.summary.best_epoch == 4
    assert all(epoch.train_loss is None for epoch in trained.summary.history)


def test_it_learns(fit):
    table = draw_table(n=2000)
    trained = fit(
        table, privacy={**PRIVACY, "epsilon": 8.0}, epochs=15, batch_size=128, learning_rate=0.01,
        model={"architecture": "mlp", "hidden": 16, "dropout": 0.0},
    )  # fmt: skip
    right = (trained.predictor.predict(table.test).event > 0.5) == table.test.target
    assert right.mean() > 0.8


def test_every_training_draws_noise_of_its_own(fit):
    first, second = (fit(draw_table(), folder=name, privacy=PRIVACY) for name in ("a", "b"))
    assert first.weights != second.weights


def test_the_secret_is_told_nowhere_but_in_the_checkpoint(fit, known_secret, tmp_path):
    trained = fit(draw_table(), privacy=PRIVACY)
    told = json.dumps(
        [trained.summary.model_dump(mode="json", exclude={"privacy": {"not_covered"}}), trained.description]
    )
    assert "secret" not in told
    assert b"secret" not in trained.weights
    assert b"secret_words" in (tmp_path / "run" / FILE).read_bytes()


@pytest.mark.parametrize(
    ("at", "unit"), [(1, "record"), (11, "record"), (25, "record"), (6, "entity"), (12, "entity")]
)
def test_an_interruption_changes_neither_weights_nor_what_was_spent(fit, known_secret, monkeypatch, at, unit):
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    table, privacy = with_entities(draw_table(weighted=True)), {**PRIVACY, "unit": unit}
    model = {"architecture": "mlp", "dropout": 0.3}
    whole = fit(table, folder="whole", model=model, privacy=privacy)
    with pytest.raises(Interrupted):
        fit(table, folder="torn", model=model, privacy=privacy, observer=StopsAt(at))
    monkeypatch.setattr(private_loop.secrets, "randbits", lambda n: 8)  # the checkpoint's must be taken
    resumed = fit(table, folder="torn", model=model, privacy=privacy)
    assert resumed.weights == whole.weights
    assert resumed.summary.privacy == whole.summary.privacy


@pytest.mark.parametrize("private", [True, False])
def test_a_checkpoint_whose_noise_was_made_otherwise_is_left_aside(fit, monkeypatch, private):
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)
    privacy = {"privacy": PRIVACY} if private else {}
    monkeypatch.setattr(binding, "MADE_OF", "numpy's SFC64")
    with pytest.raises(Interrupted):
        fit(draw_table(), folder="torn", observer=StopsAt(25), **privacy)
    monkeypatch.setattr(binding, "MADE_OF", MADE_OF)
    observer = RecordingObserver()
    resumed = fit(draw_table(), folder="torn", observer=observer, **privacy)
    said = " ".join(str(fields.get("message", "")) for _, fields in observer.events)
    assert ("training starts anew: the checkpoint was made from other" in said) is private
    assert ("training resumes after epoch" in said) is not private
    assert resumed.summary.epochs_run == 4


def test_entities_are_drawn_whole_and_counted(fit):
    told = fit(with_entities(draw_table()), privacy={**PRIVACY, "unit": "entity"}).summary.privacy
    assert (told.n_units, told.unit, told.rows_per_unit) == (60, PrivacyUnit.ENTITY, 5)


def test_units_of_entities_hold_their_own_rows():
    entity = np.repeat([7, 3, 9], [1, 4, 10])[np.random.default_rng(0).permutation(15)]
    part = with_train(draw_table(n=15), entity=entity).train
    units = Units(part, PrivacyUnit.ENTITY, most_rows=6)
    drawn = units.draw(np.random.default_rng(1), 1.0)
    index, share = drawn.index.reshape(3, 6), drawn.share.reshape(3, 6)
    assert sorted(entity[index[:, 0]]) == [3, 7, 9]
    for rows, weights in zip(index, share, strict=True):
        whose = entity[rows]
        assert len(set(whose)) == 1
        kept = min(6, int((entity == whose[0]).sum()))
        assert len(set(rows[weights > 0])) == kept == int((weights > 0).sum())
        assert weights.sum() == pytest.approx(1.0)


def test_each_unit_enters_by_itself_at_the_rate():
    units, rng, n = Units(draw_table(n=200).train, PrivacyUnit.RECORD, 1), np.random.default_rng(3), 2000
    entered = np.zeros((n, 200), bool)
    for step in range(n):
        entered[step, units.draw(rng, 0.1).index] = True
    sizes = entered.sum(axis=1)
    assert sizes.mean() == pytest.approx(20, abs=0.5)
    assert sizes.var() == pytest.approx(200 * 0.1 * 0.9, rel=0.15)  # a fixed batch size would have none
    assert np.abs(entered.mean(axis=0) - 0.1).max() < 5 * np.sqrt(0.09 / n)


def test_no_unit_moves_the_sum_by_more_than_the_clip_norm(fit, monkeypatch):
    """The heart of it: the same step with and without one row, noise taken away."""
    seen = []

    class Watched(private_loop.PrivateLoop):
        def draw_noise(self):
            self.optimiser.gradient.zero_()

        def _run_batches(self, epoch, order):
            everyone = np.arange(self.units.n)
            for left_out in (None, 0, 5):
                index = everyone if left_out is None else np.delete(everyone, left_out)
                self.fill_gradient(private_loop.Drawn(index, None, 1))
                seen.append(self.optimiser.gradient.clone() * self.batch_size)

    monkeypatch.setattr(private_loop, "PrivateLoop", Watched)
    fit(draw_table(), epochs=1, privacy={**PRIVACY, "clip": 0.05}, model={"dropout": 0.0})
    whole, *others = seen
    moved = [float(torch.linalg.vector_norm(whole - other)) for other in others]
    assert all(0.01 < length <= 0.05 + 1e-5 for length in moved)


def test_noise_has_the_spread_that_is_told(fit, monkeypatch):
    drawn = []
    before = private_loop.PrivateLoop.draw_noise

    def draw_noise(self):
        before(self)
        noise = self.optimiser.gradient * self.batch_size  # the buffer holds that of the mean
        drawn.append((noise, self.noise_multiplier * 0.5))

    monkeypatch.setattr(private_loop.PrivateLoop, "draw_noise", draw_noise)
    fit(draw_table(), privacy={**PRIVACY, "clip": 0.5}, model={"architecture": "mlp", "hidden": 64})
    numbers = torch.cat([noise for noise, _ in drawn])
    assert float(numbers.std()) == pytest.approx(drawn[0][1], rel=0.02)
    assert abs(float(numbers.mean())) < 5 * drawn[0][1] / numbers.numel() ** 0.5
    assert not torch.equal(drawn[0][0], drawn[1][0])


def test_bins_are_asked_of_no_data(fit):
    table = draw_table()
    shifted = with_train(table, numeric=table.train.numeric * 3 + 1)
    bins = [
        fit(t, folder=n, privacy=PRIVACY).description["context"]["bins"]
        for n, t in (("a", table), ("b", shifted))
    ]
    assert bins[0] == bins[1]
    assert bins[0][-1] == (0.0, 1.0)  # of the one flag


@pytest.mark.parametrize("mix", [lambda x: x - x.mean(0), lambda x: x * x.softmax(0), lambda x: x.roll(1, 0)])
@pytest.mark.parametrize("private", [True, False])
def test_a_network_in_which_examples_move_each_other_is_refused(fit, monkeypatch, mix, private):
    own = TabularMLP.forward
    monkeypatch.setattr(TabularMLP, "forward", lambda self, x, codes: own(self, mix(x), codes))
    run = partial(fit, draw_table(), model={"architecture": "mlp"}, epochs=1)
    if not private:
        assert run().summary.epochs_run == 1
        return
    with pytest.raises(TestamurError, match="gives for one changes with those beside it") as caught:
        run(privacy=PRIVACY)
    assert "over the first axis" in caught.value.remedy


def test_a_network_that_was_looked_at_is_as_before(fit, known_secret, monkeypatch):
    model = {"architecture": "mlp", "dropout": 0.3}
    looked_at = fit(draw_table(), folder="a", model=model, privacy=PRIVACY)
    monkeypatch.setattr(private_loop, "refuse_mixing", lambda *_: None)
    assert fit(draw_table(), folder="b", model=model, privacy=PRIVACY).weights == looked_at.weights


def test_a_delta_of_one_in_n_is_refused(fit):
    with pytest.raises(ConfigurationError) as caught:
        fit(draw_table(), privacy={"epsilon": 1.0, "delta": 1 / 300})
    assert "below 1/300 (0.0033) is required, however: 0.00333333" in str(caught.value)


def test_entities_that_are_not_there_are_refused(fit):
    with pytest.raises(DataError, match="entity"):
        fit(draw_table(), privacy={**PRIVACY, "unit": "entity"})


def test_a_model_that_cannot_is_refused():
    table, cannot = draw_table(), TABULAR.model_copy(update={"private": False})
    with pytest.raises(TestamurError, match="can be trained privately is required"):
        plan_units(cannot, RowsForm.plan(table), TrainingOptions.parse({"privacy": PRIVACY}), table)
