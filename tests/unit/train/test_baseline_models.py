"""The baselines see the same rows and weights, and stop on the same validation part."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ClassWeights
from testamur.train.baselines import boosting_input, fit_boosting, fit_naive

from .conftest import draw_table, with_part, with_train
from .test_fitting import KINDS, loss_of


def test_the_naive_baseline_is_the_share_of_each_class():
    table = draw_table(ProblemKind.MULTICLASS)
    shares = np.bincount(table.train.target, minlength=3) / table.train.n_rows
    said = fit_naive(table).predict(table.test).probabilities
    assert said.shape == (table.test.n_rows, 3)
    np.testing.assert_allclose(said, np.tile(shares, (table.test.n_rows, 1)))


def test_the_naive_baseline_weighs_rows():
    table = draw_table(ProblemKind.REGRESSION, weighted=True)
    mean = (table.train.target * table.train.weight).sum() / table.train.weight.sum()
    np.testing.assert_allclose(fit_naive(table).predict(table.test).values, mean)


@pytest.mark.parametrize("kind", KINDS)
def test_boosting_beats_the_naive_baseline(kind):
    table = draw_table(kind, weighted=True)
    boosted = fit_boosting(table, seed=0).predict(table.test)
    assert loss_of(boosted, table.test) < 0.8 * loss_of(fit_naive(table).predict(table.test), table.test)


def test_boosting_sees_what_is_missing_and_what_is_a_code():
    table = draw_table()
    seen = boosting_input(table.train)
    assert np.array_equal(np.isnan(seen[:, :4]), table.train.missing)
    assert np.array_equal(seen[:, 4], table.train.categorical[:, 0])


def test_boosting_repeats_itself():
    table = draw_table()
    first, again = (fit_boosting(table, seed=4).predict(table.test).event for _ in range(2))
    assert np.array_equal(first, again)


def test_boosting_stops_on_the_validation_part(monkeypatch):
    """Where validation rows hold noise, fewer trees are kept than where they follow the training rows."""
    fitted, real = [], HistGradientBoostingClassifier.fit

    def remember(self, *args, **named):
        real(self, *args, **named)
        fitted.append(self.n_iter_)
        return self

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", remember)
    table = draw_table()
    noise = 1 - table.validation.target
    fit_boosting(table, seed=0)
    fit_boosting(with_part(table, "validation", target=noise), seed=0)
    assert fitted[1] < fitted[0] < 500


def test_boosting_weighs_classes_like_the_model():
    rare, r = draw_table(n=600), np.random.default_rng(0)
    for name in ("train", "validation"):
        rare = with_part(rare, name, target=(r.random(rare.part(name).n_rows) < 0.1).astype(np.int64))
    plain, balanced = (
        fit_boosting(rare, seed=0, class_weights=rule).predict(rare.test).event.mean()
        for rule in (ClassWeights.NONE, ClassWeights.BALANCED)
    )
    assert plain < 0.3 < balanced


def test_a_class_without_training_rows_has_no_probability():
    table = draw_table(ProblemKind.MULTICLASS)
    table = with_train(table, target=np.minimum(table.train.target, 1))
    said = fit_boosting(table, seed=0).predict(table.test).probabilities
    assert said.shape == (table.test.n_rows, 3)
    assert not said[:, 2].any()
    np.testing.assert_allclose(said.sum(axis=1), 1.0)
