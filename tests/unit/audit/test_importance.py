"""Permutation importance: equal to the plain loop, whatever is saved on the way; intervals that hold."""

from dataclasses import replace

import numpy as np
import pytest

from testamur.audit import explanation
from testamur.audit.auc import auc_parts
from testamur.audit.golden_model import LinearModel, with_model
from testamur.audit.primary import Scored, estimate_of, primary_of
from testamur.audit.rank_correlation import spearman
from testamur.audit.run import run_check
from testamur.audit.shuffle_influence import over_shuffles
from testamur.audit.shuffled import permutation_importance
from testamur.audit.tried_rows import take_rows, tried_rows
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import CheckStatus

R = np.random.default_rng(3)
N = 300
NUMBERS = np.stack([R.normal(size=N), R.integers(0, 2, N), R.integers(0, 4, N)], axis=1).astype(float)
MODEL = LinearModel((1.0, 0.7, -0.4), logistic=True)
EVENT = (R.random(N) < 1 / (1 + np.exp(-(NUMBERS @ [1.0, 0.7, -0.4])))).astype(int)
GIVEN = with_model(MODEL, NUMBERS, EVENT)


class Counting:
    """A model that counts the rows it is asked about."""

    def __init__(self, model):
        self.model, self.n_asked = model, 0

    def predict(self, part):
        self.n_asked += part.n_rows
        return self.model.predict(part)


def plain(rows, group, orders):
    """Each shuffle predicted in full: what scikit-learn does."""
    before = auc_parts(rows.target, rows.predictor.predict(rows.part).event).auc
    losses = []
    for order in orders:
        part = take_rows(rows.part, np.arange(rows.n))
        for j in group:
            part.numeric[:, j] = rows.part.numeric[order, j]
        losses.append(before - auc_parts(rows.target, rows.predictor.predict(part).event).auc)
    return losses


@pytest.mark.parametrize("group", [[0], [1], [2], [1, 2]])
def test_it_equals_the_plain_loop_with_the_same_shuffles(group):
    rows = tried_rows(GIVEN, np.random.default_rng(0), most=1000)
    orders = [np.random.default_rng(k).permutation(N) for k in range(4)]
    (found,) = permutation_importance(rows, [group], ["a", "b", "c"], orders)
    assert np.allclose(found.by_shuffle, plain(rows, group, orders), atol=1e-12)


def test_a_column_of_two_values_is_asked_about_once_a_row_however_often_it_is_shuffled():
    counting = Counting(MODEL)
    rows = tried_rows(replace(GIVEN, predictor=counting), np.random.default_rng(0), most=1000)
    orders = [np.random.default_rng(k).permutation(N) for k in range(9)]
    (found,) = permutation_importance(rows, [[1]], ["a", "b", "c"], orders)
    assert found.n_asked <= N
    assert counting.n_asked == found.n_asked + N  # and the rows as they are


def test_it_agrees_with_scikit_learn():
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.inspection import permutation_importance as peer

    class Wrapped(ClassifierMixin, BaseEstimator):
        classes_ = np.array([0, 1])

        def fit(self, x, y):
            return self

        def predict_proba(self, x):
            event = 1 / (1 + np.exp(-(x @ [1.0, 0.7, -0.4])))
            return np.c_[1 - event, event]

    wrapped = Wrapped().fit(NUMBERS, EVENT)
    theirs = peer(wrapped, NUMBERS, EVENT, scoring="roc_auc", n_repeats=20, random_state=0).importances_mean
    rows = tried_rows(GIVEN, np.random.default_rng(0), most=1000)
    orders = [np.random.default_rng(k).permutation(N) for k in range(20)]
    found = permutation_importance(rows, [[0], [1], [2]], ["a", "b", "c"], orders)
    assert np.allclose([f.loss.value for f in found], theirs, atol=0.015)


def test_its_interval_holds_the_importance_of_the_population():
    """Of the AUC lost by shuffling, over drawn test parts; the truth from a very large one."""
    r, weights = np.random.default_rng(8), np.array([1.0, 0.5])
    model = LinearModel(tuple(weights), logistic=True)

    def drawn(n):
        numbers = r.normal(size=(n, 2))
        event = (r.random(n) < 1 / (1 + np.exp(-(numbers @ weights)))).astype(int)
        rows = tried_rows(with_model(model, numbers, event), r, most=n)
        orders = [r.permutation(n) for _ in range(2)]
        return permutation_importance(rows, [[1]], ["a", "b"], orders)[0].loss

    truth = drawn(60_000).value
    held = 0
    for _ in range(120):
        estimate = estimate_of(drawn(400), 1.96)
        held += estimate.low <= truth <= estimate.high
    assert held >= 120 * 0.95 - 3 * (120 * 0.95 * 0.05) ** 0.5


def test_the_order_of_rows_does_not_matter_to_a_change_and_swapping_turns_its_sign():
    primary, order = primary_of(GIVEN), np.random.default_rng(1).permutation(N)
    said = MODEL.predict(GIVEN.table.test)
    other = LinearModel((0.5, 0.0, 0.3), logistic=True).predict(GIVEN.table.test)

    def change(first, second, rows):
        parts = (replace(said, probabilities=said.probabilities[rows]) for said in (first, second))
        return estimate_of(primary.loss(*(primary.score(part, EVENT[rows]) for part in parts)), 1.96)

    one, moved, turned = (
        change(said, other, np.arange(N)),
        change(said, other, order),
        change(other, said, np.arange(N)),
    )
    assert (one.value, one.low, one.high) == pytest.approx((moved.value, moved.low, moved.high))
    assert (one.value, one.low, one.high) == pytest.approx((-turned.value, -turned.high, -turned.low))
    same = change(said, said, order)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_spearman_agrees_with_scipy_also_with_ties():
    from scipy.stats import spearmanr

    one, other = R.integers(0, 5, 80), R.integers(0, 3, 80)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert spearman(one, np.ones(80)) == 0.0


def check(key):
    found: CheckSpec = next(c for c in explanation.CHECKS if c.key == key)
    return found


@pytest.mark.parametrize("key", [c.key for c in explanation.CHECKS if c is not explanation.PAST])
def test_what_cannot_be_explained_is_not_applicable_and_says_why(key):
    table = GIVEN.table
    kinds = (ProblemKind.FORECAST, ProblemKind.RANKING)
    for kind in kinds:
        given = replace(GIVEN, table=replace(table, problem=table.problem.model_copy(update={"kind": kind})))
        entry, outcome = run_check(given, check(key))
        assert entry.status is CheckStatus.NOT_APPLICABLE
        assert "log of its series" in entry.reason or "past choices" in entry.reason
        assert not outcome.findings
    entry, _ = run_check(replace(GIVEN, predictor=None), check(key))
    assert entry.status is CheckStatus.NOT_RUN
    assert entry.reason == "the model itself was not given"


def test_the_variance_of_a_loss_by_shuffling_sums_all_pairs_of_losses_that_share_a_row():
    rng = np.random.default_rng(7)
    n, k = 200, 2
    orders = [rng.permutation(n) for _ in range(k)]
    cell = rng.exponential(size=n)
    losses = [Scored(0.1 * s, (cell[order] * cell - 1.0) / n) for s, order in enumerate(orders)]
    found = over_shuffles(losses, orders)
    terms = [
        (i, int(order[i]), loss.influence[i] / k)
        for loss, order in zip(losses, orders, strict=True)
        for i in range(n)
        if order[i] != i
    ]
    by_hand = sum(a * b for i, j, a in terms for p, q, b in terms if {i, j} & {p, q})
    assert found.value == pytest.approx(0.05)
    assert found.influence @ found.influence == pytest.approx(by_hand, rel=0.1)  # both rows alike: rare
    own = np.mean([loss.influence for loss in losses], axis=0)
    assert found.influence @ found.influence > 1.2 * (own @ own)


def test_shuffles_that_change_nothing_have_no_variance():
    nothing = [Scored(0.0, np.zeros(5))] * 2
    assert not over_shuffles(nothing, [np.arange(5)] * 2).influence.any()
