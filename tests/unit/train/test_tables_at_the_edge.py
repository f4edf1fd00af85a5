"""Tables at the edge: constants, extreme numbers, many categories, one row, options at their bounds."""

import dataclasses

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import OutOfMemory, StoreError, TrainingDiverged
from testamur.train.baselines import fit_boosting, fit_naive
from testamur.train.boosting import MOST_CATEGORIES
from testamur.train.guard import memory_explained, on_threads
from testamur.train.options import TabularOptions

from .conftest import draw_table, with_part, with_train


def with_categories(n_codes):
    """The drawn table with codes of a column with that many categories; the last ones unseen in training."""
    table, r = draw_table(), np.random.default_rng(1)
    for name, top in (("train", n_codes - 3), ("validation", n_codes), ("test", n_codes)):
        table = with_part(table, name, categorical=r.integers(0, top, (table.part(name).n_rows, 1)))
    last = dataclasses.replace(table.features[-1], cardinality=n_codes)
    return dataclasses.replace(table, features=(*table.features[:-1], last))


@pytest.mark.parametrize("n_codes", [MOST_CATEGORIES, MOST_CATEGORIES + 1, 2000])
def test_boosting_takes_many_categories_and_unseen_ones(n_codes):
    table = with_categories(n_codes)
    said = fit_boosting(table, seed=0).predict(table.test).event
    assert np.isfinite(said).all()


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
def test_networks_take_many_categories_and_unseen_ones(fit, architecture):
    table = with_categories(300)
    said = fit(table, epochs=1, model={"architecture": architecture}).predictor.predict(table.test).event
    assert np.isfinite(said).all()


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
@pytest.mark.parametrize("bins", [0, 4])
def test_a_constant_feature_and_a_missing_column_train(fit, architecture, bins):
    table = draw_table()
    for name in ("train", "validation", "test"):
        numeric, missing = table.part(name).numeric.copy(), table.part(name).missing.copy()
        numeric[:, 0], numeric[:, 1], missing[:, 1] = 7.0, 0.0, True
        table = with_part(table, name, numeric=numeric, missing=missing)
    model = fit(table, epochs=2, model={"architecture": architecture, "bins": bins})
    assert np.isfinite(model.predictor.predict(table.test).event).all()
    assert np.isfinite(fit_boosting(table, seed=0).predict(table.test).event).all()


def test_boosting_takes_a_column_that_only_rows_without_weight_know():
    table = draw_table(weighted=True)
    weight = np.where(table.train.missing[:, 1], 1.0, 0.0)
    said = fit_boosting(with_train(table, weight=weight), seed=0).predict(table.test).event
    assert np.isfinite(said).all()


def test_a_constant_target_of_a_regression_is_predicted(fit):
    table = draw_table(ProblemKind.REGRESSION)
    for name in ("train", "validation", "test"):
        table = with_part(table, name, target=np.full(table.part(name).n_rows, 41.5))
    values = fit(table, epochs=20, learning_rate=0.02).predictor.predict(table.test).values
    np.testing.assert_allclose(values, 41.5, atol=1.0)
    np.testing.assert_allclose(fit_boosting(table, seed=0).predict(table.test).values, 41.5)


@pytest.mark.parametrize("scale", [1e-9, 1e12])
def test_a_regression_does_not_depend_on_the_unit(fit, scale):
    """Targets are standardised: grams or tons give the same network."""
    table = draw_table(ProblemKind.REGRESSION)
    plain = fit(table, folder="plain").predictor.predict(table.test).values
    for name in ("train", "validation", "test"):
        table = with_part(table, name, target=table.part(name).target * scale)
    scaled = fit(table, folder="scaled").predictor.predict(table.test).values
    np.testing.assert_allclose(scaled / scale, plain, rtol=1e-3)


def test_one_row_trains_and_validates(fit):
    table = draw_table()
    one = {f.name: getattr(table.train, f.name)[:1] for f in dataclasses.fields(table.train)
           if isinstance(getattr(table.train, f.name), np.ndarray)}  # fmt: skip
    model = fit(with_part(with_train(table, **one), "validation", **one), epochs=2)
    assert np.isfinite(model.predictor.predict(table.test).event).all()


def test_weights_that_end_as_nan_are_a_divergence_at_once(fit):
    """The last step of an epoch can be the one that breaks: the held-out loss must say so, not crash."""
    table = draw_table()
    numeric = np.where(table.train.numeric > 0, 3e38, -3e38).astype(np.float32)
    with pytest.raises(TrainingDiverged):
        fit(with_train(table, numeric=numeric), batch_size=300, model={"bins": 0, "architecture": "mlp"},
            learning_rate=1.0, warmup_epochs=0)  # fmt: skip


def test_the_naive_baseline_of_a_class_that_training_lacks_is_zero():
    table = draw_table(ProblemKind.MULTICLASS)
    table = with_train(table, target=np.minimum(table.train.target, 1))
    assert not fit_naive(table).predict(table.test).probabilities[:, 2].any()


def test_a_network_trains_where_training_lacks_a_class(fit):
    table = draw_table(ProblemKind.MULTICLASS)
    table = with_train(table, target=np.minimum(table.train.target, 1))
    said = fit(table, epochs=2, class_weights="balanced").predictor.predict(table.test).probabilities
    np.testing.assert_allclose(said.sum(axis=1), 1.0)


def test_a_refused_allocation_of_torch_is_explained():
    with pytest.raises(OutOfMemory, match="more memory"), memory_explained("cpu"):
        torch.empty(2**60, dtype=torch.uint8)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_threads_are_given_back_after_an_error(error):
    before = torch.get_num_threads()
    seen = []

    def break_inside():
        with on_threads(before + 1):
            seen.append(torch.get_num_threads())
            raise error

    with pytest.raises(error):
        break_inside()
    assert seen == [before + 1]
    assert torch.get_num_threads() == before


def test_a_model_that_cannot_be_written_is_explained(fit, tmp_path):
    model = fit(draw_table(), epochs=1)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="must be written"):
        model.save(tmp_path / "file")


BOUNDS = {"hidden": (1, 4096), "depth": (1, 16), "members": (1, 256), "bins": (0, 256), "embedding": (1, 256)}


@pytest.mark.parametrize("name", BOUNDS)
def test_options_are_bounded(name):
    low, high = BOUNDS[name]
    TabularOptions(**{name: low})
    TabularOptions(**{name: high})
    for value in (low - 1, high + 1, 2.5, "2", True):
        with pytest.raises(ValidationError):
            TabularOptions(**{name: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"dropout": -0.1},
        {"dropout": 0.95},
        {"architecture": "forest"},
        {"hiden": 64},
        {"dropout": float("nan")},
    ],
)
def test_other_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        TabularOptions(**wrong)


def test_the_smallest_options_train(fit):
    table = draw_table()
    smallest = {"hidden": 1, "depth": 1, "members": 1, "bins": 1, "embedding": 1, "dropout": 0.0}
    for architecture in ("mlp", "tabm"):
        model = fit(table, folder=architecture, epochs=1, model={**smallest, "architecture": architecture})
        assert np.isfinite(model.predictor.predict(table.test).event).all()
