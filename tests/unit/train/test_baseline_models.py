"""The baselines see the same rows and weights, and stop on the same validation part."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import ClassWeights
from testamur.train import boosting
from testamur.train.baselines import fit_bagged, fit_boosting, fit_naive
from testamur.train.boosting import boosting_input
from testamur.train.linear import fit_linear

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


@pytest.mark.parametrize("kind", KINDS)
def test_bag_and_linear_model_beat_the_naive_baseline(kind, monkeypatch):
    monkeypatch.setattr(boosting, "MOST_TREES", 40)
    table = draw_table(kind, weighted=True)
    naive = loss_of(fit_naive(table).predict(table.test), table.test)
    assert loss_of(fit_linear(table).predict(table.test), table.test) < 0.8 * naive
    assert loss_of(fit_bagged(table, seed=0).predict(table.test), table.test) < 0.8 * naive


def test_a_bag_says_of_rows_it_learnt_from_what_the_member_held_from_them_says(monkeypatch):
    monkeypatch.setattr(boosting, "MOST_TREES", 40)
    table = draw_table()
    noise = np.random.default_rng(0)
    for name in ("train", "validation"):
        table = with_part(table, name, target=noise.integers(0, 2, table.part(name).n_rows))
    bag = fit_bagged(table, seed=0)
    target = np.concatenate([table.train.target, table.validation.target])
    learnt = np.concatenate([bag.predict(part).event for part in (table.train, table.validation)])
    held = bag.held_out(table).event
    assert abs(roc_auc_score(target, held) - 0.5) < 0.1  # 400 rows of noise: standard error 0.03
    assert roc_auc_score(target, learnt) > roc_auc_score(target, held) + 0.1


def test_the_linear_baseline_weighs_classes_and_rows():
    table = draw_table()
    plain = fit_linear(table).predict(table.test).event.mean()
    rare = with_train(table, weight=np.where(table.train.target == 1, 0.05, 1.0))
    rare = with_part(rare, "validation", weight=np.where(table.validation.target == 1, 0.05, 1.0))
    light = fit_linear(rare).predict(table.test).event.mean()
    balanced = fit_linear(rare, class_weights=ClassWeights.BALANCED).predict(table.test).event.mean()
    assert light < plain - 0.1
    assert balanced == pytest.approx(light, rel=0.2)  # drawn classes are of nearly equal size


def test_the_linear_baseline_finds_the_penalty_on_validation_rows_and_learns_from_all():
    from sklearn.linear_model import LogisticRegression

    from testamur.train.folds import join_parts
    from testamur.train.linear import STRENGTHS, linear_input

    table = draw_table()
    found = fit_linear(table)
    assert found.estimator.C in STRENGTHS
    rows = join_parts(table)
    inputs = linear_input(rows, found.flags, found.cardinalities)
    again = LogisticRegression(C=found.estimator.C, max_iter=1000).fit(inputs, rows.target)
    np.testing.assert_allclose(found.estimator.coef_, again.coef_, atol=1e-6)
