"""One loop trains every kind of problem, by the seed alone, and tells what it did."""

import hashlib
import threading

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import Cancelled, DataError, OutOfMemory, TestamurError, TrainingDiverged
from testamur.contracts.event import EventKind
from testamur.contracts.model import ClassWeights
from testamur.testing.fakes import RecordingObserver
from testamur.train import loop as loop_module
from testamur.train import rows_form
from testamur.train.baselines import fit_naive

from .conftest import draw_table, with_part, with_train

KINDS = [ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION]


def loss_of(predictions, part):
    if predictions.probabilities is None:
        return float(np.mean((predictions.values - part.target) ** 2))
    return float(-np.log(predictions.probabilities[np.arange(part.n_rows), part.target] + 1e-12).mean())


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_network_learns_what_the_naive_baseline_cannot(fit, kind, architecture):
    table = draw_table(kind, weighted=True)
    model = fit(table, model={"architecture": architecture}, epochs=12, learning_rate=0.01)
    learnt = loss_of(model.predictor.predict(table.test), table.test)
    assert learnt < 0.6 * loss_of(fit_naive(table).predict(table.test), table.test)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_probabilities_sum_to_one(fit, kind):
    table = draw_table(kind)
    probabilities = fit(table, epochs=1).predictor.predict(table.test).probabilities
    assert probabilities.shape == (table.test.n_rows, len(table.classes))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize(
    "model", [{"bins": 0}, {"depth": 1, "dropout": 0.0}, {"bins": 0, "architecture": "mlp"}]
)
def test_other_options_train_as_well(fit, model):
    assert fit(draw_table(), model=model, epochs=1).summary.epochs_run == 1


def test_equal_seeds_give_equal_weights_and_others_do_not(fit):
    table = draw_table()
    first, again, other = (
        fit(table, folder=name, seed=seed, epochs=2).weights for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again
    assert first != other


def test_the_random_state_of_the_process_is_left_as_it_was(fit):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    n_threads = torch.get_num_threads()
    fit(draw_table(), epochs=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == n_threads


def test_every_epoch_is_told_and_kept(fit):
    observer = RecordingObserver()
    summary = fit(draw_table(), observer=observer, epochs=3).summary
    told = observer.of_kind(EventKind.EPOCH)
    assert [event["epoch"] for event in told] == [1, 2, 3]
    assert {event["epochs"] for event in told} == {3}
    assert [metrics.validation_loss for metrics in summary.history] == [e["validation_loss"] for e in told]
    assert summary.best_epoch == 1 + int(np.argmin([e["validation_loss"] for e in told]))


def test_the_weights_of_the_best_epoch_are_kept(fit):
    """Noise cannot be learnt: training stops early, and the kept loss is the lowest one of the history."""
    table = draw_table()
    r = np.random.default_rng(0)
    noise = with_train(table, target=r.integers(0, 2, table.train.n_rows))
    model = fit(noise, epochs=60, patience=3, learning_rate=0.02, model={"dropout": 0.0})
    assert model.summary.stopped_early
    assert model.summary.epochs_run == model.summary.best_epoch + 3
    best = min(metrics.validation_loss for metrics in model.summary.history)
    assert loss_of(model.predictor.predict(table.validation), table.validation) == pytest.approx(
        best, rel=1e-5
    )


def test_the_summary_names_the_weights_by_their_digest(fit):
    model = fit(draw_table(), epochs=1)
    assert model.summary.weights_sha256 == hashlib.sha256(model.weights).hexdigest()


def test_balanced_classes_raise_the_rare_one(fit):
    rare, r = draw_table(n=600), np.random.default_rng(0)
    for name in ("train", "validation"):
        rare = with_part(rare, name, target=(r.random(rare.part(name).n_rows) < 0.1).astype(np.int64))
    means = [
        fit(rare, folder=rule.value, class_weights=rule, epochs=6, learning_rate=0.01, model={"dropout": 0.0})
        .predictor.predict(rare.test)
        .event.mean()
        for rule in (ClassWeights.NONE, ClassWeights.BALANCED)
    ]
    assert means[0] < 0.3 < means[1]


def test_sample_weights_count_like_repeated_rows(fit):
    """Rows of weight zero leave no trace: their targets may be anything."""
    table = draw_table(weighted=True)
    weight = np.where(np.arange(table.train.n_rows) % 2 == 0, 1.0, 0.0)
    turned = np.where(weight == 0, 1 - table.train.target, table.train.target)
    plain = fit(with_train(table, weight=weight), folder="a", epochs=2)
    other = fit(with_train(table, weight=weight, target=turned), folder="b", epochs=2)
    assert plain.weights == other.weights


def test_a_table_without_numbers_or_without_codes_trains(fit):
    import dataclasses

    table = draw_table()
    empty = np.zeros((table.train.n_rows, 0))

    def only(part, keep):
        n = part.n_rows
        if keep == "numeric":
            return dataclasses.replace(part, categorical=np.zeros((n, 0), np.int64))
        return dataclasses.replace(
            part, numeric=empty[:n].astype(np.float32), missing=empty[:n].astype(np.bool_)
        )

    for keep in ("numeric", "categorical"):
        narrow = dataclasses.replace(
            table,
            features=tuple(f for f in table.features if f.kind == keep),
            **{name: only(table.part(name), keep) for name in ("train", "validation", "test")},
        )
        for architecture in ("mlp", "tabm"):
            folder = f"{keep}-{architecture}"
            model = fit(narrow, folder=folder, epochs=1, model={"architecture": architecture})
            assert np.isfinite(model.predictor.predict(narrow.test).event).all()


def test_a_cosine_ends_at_a_tenth_of_the_rate(fit):
    history = fit(draw_table(), epochs=5, learning_rate=0.01, cosine_decay=True).summary.history
    assert history[-1].learning_rate == pytest.approx(0.001)


def test_a_warm_up_grows_in_a_line(fit):
    history = fit(draw_table(), epochs=5, learning_rate=0.01, warmup_epochs=4).summary.history
    assert [metrics.learning_rate for metrics in history] == pytest.approx(
        [0.0025, 0.005, 0.0075, 0.01, 0.01]
    )


def test_a_loss_that_is_not_finite_is_explained(fit):
    table = draw_table()
    extreme = table.train.numeric.copy()
    extreme[7, 0] = 3e38  # finite, but no product with it is
    with pytest.raises(TrainingDiverged, match=r"in epoch 1 at a learning rate of 0\.5") as caught:
        fit(with_train(table, numeric=extreme), learning_rate=0.5, model={"bins": 0, "architecture": "mlp"})
    assert "lower training.learning_rate" in caught.value.remedy


def test_a_cancellation_is_heard_within_an_epoch(fit, monkeypatch):
    """The observer is asked while batches run, not only at the end of an epoch."""
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)

    class Impatient(RecordingObserver):
        def check_stop(self):
            self.n_stop_checks += 1
            if self.n_stop_checks == 3:
                raise Cancelled("stop")

    observer = Impatient()
    with pytest.raises(Cancelled):
        fit(draw_table(), observer=observer, batch_size=16)
    assert not observer.of_kind(EventKind.EPOCH)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: not enough memory"),
    ],
)
def test_memory_that_runs_out_is_explained(fit, monkeypatch, error):
    def exhausted(*_args):
        raise error

    monkeypatch.setattr(rows_form, "training_loss", exhausted)
    with pytest.raises(OutOfMemory, match="more memory than") as caught:
        fit(draw_table())
    assert "batch_size" in caught.value.remedy


def test_other_runtime_errors_keep_their_words(fit, monkeypatch):
    def broken(*_args):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(rows_form, "training_loss", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        fit(draw_table())


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_short_formats_train_through_the_same_loop(fit, precision):
    table = draw_table()
    model = fit(table, precision=precision, epochs=8, learning_rate=0.01)
    assert model.summary.precision == precision
    learnt = loss_of(model.predictor.predict(table.test), table.test)
    assert learnt < 0.8 * loss_of(fit_naive(table).predict(table.test), table.test)


def test_a_training_in_a_thread_gives_what_it_gives_in_the_main_one(fit):
    table, found = draw_table(), []
    alone = fit(table, folder="alone", epochs=2).weights
    worker = threading.Thread(target=lambda: found.append(fit(table, folder="thread", epochs=2).weights))
    worker.start()
    worker.join()
    assert found == [alone]


def test_a_table_that_nothing_can_be_learnt_from_is_refused_with_every_fault(fit):
    import dataclasses

    table = draw_table()
    nothing = {
        f.name: getattr(table.train, f.name)[:0]
        for f in dataclasses.fields(table.train)
        if isinstance(getattr(table.train, f.name), np.ndarray)
    }
    empty = with_part(with_train(table, **nothing), "validation", **nothing)
    with pytest.raises(DataError) as caught:
        fit(dataclasses.replace(empty, features=()))
    assert [problem.where for problem in caught.value.problems] == [
        "features", "training rows", "validation rows",
    ]  # fmt: skip


def test_predictions_that_are_not_finite_are_refused(fit):
    table = draw_table(ProblemKind.REGRESSION)
    predictor = fit(table, epochs=1, model={"bins": 0, "architecture": "mlp", "hidden": 64}).predictor
    extreme = with_part(table, "test", numeric=np.copysign(3e38, table.test.numeric).astype(np.float32))
    with pytest.raises(TestamurError, match=f"of {table.test.n_rows} rows are not"):
        predictor.predict(extreme.test)
