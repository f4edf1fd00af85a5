"""Recommenders: closed forms against oracles, lists against brute force, and models that learn an order."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.errors import ConfigurationError, DataError, Interrupted
from testamur.contracts.model import TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import ease
from testamur.train.baselines_ranking import fit_classical, fit_neighbours, fit_popularity
from testamur.train.choices import choice_matrix, choice_windows, past_items
from testamur.train.fit import fit_model
from testamur.train.interactions_form import InteractionsForm
from testamur.train.models import RECOMMENDER
from testamur.train.options import RecommenderOptions
from testamur.train.ranked import rank_part, reciprocal_gain
from testamur.train.recommender import build_recommender
from testamur.train.restore import load_predictor

from . import ranking_world as world
from .test_resuming import StopsAt


def fit(table, folder, epochs=30, observer=None, **options):
    return fit_model(
        RECOMMENDER,
        RecommenderOptions(**{"hidden": 32, "depth": 1, "length": 10, **options}),
        TrainingOptions(epochs=epochs, patience=5, learning_rate=5e-3, threads=1),
        table,
        seed=0,
        device="cpu",
        folder=folder / "checkpoint",
        observer=observer or RecordingObserver(),
    )


def hit_rate(predictions, part, cut=3):
    return float((predictions.ranked[:, :cut] == part.target[:, None]).any(axis=1).mean())


def test_the_closed_form_solves_the_constrained_ridge_problem():
    rng = np.random.default_rng(0)
    x = (rng.random((60, 9)) < 0.3).astype(float)
    weights = ease.fit_weights(x.T @ x, 7.0)
    assert np.array_equal(np.diag(weights), np.zeros(9))
    for j in range(9):  # column by column: ridge regression of an item on all others
        others = np.arange(9) != j
        a = x[:, others]
        beta = np.linalg.solve(a.T @ a + 7.0 * np.eye(8), a.T @ x[:, j])
        assert np.allclose(weights[others, j], beta)


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 13), min_size=3, max_size=8).filter(lambda x: max(x) > 2),
    length=st.integers(1, 6),
)
def test_every_choice_is_a_target_once_and_sees_the_one_before(lengths, length):
    table = world.make_choices([list(range(1, n + 1)) for n in lengths], 13)
    for part in (table.train, table.validation):
        cut = choice_windows(part, length)
        assert sorted(cut.targets[cut.targets > 0].tolist()) == sorted(part.target.tolist())
        assert cut.weight.sum() == pytest.approx(len(cut.items))
        window, place = np.nonzero(cut.targets)
        before = cut.targets[window, place] - 1  # choices count up: the one before is less by one
        assert np.array_equal(cut.items[window, place], before)
        assert ((cut.items > 0) | (cut.items == 0)).all()


def test_training_windows_hold_no_later_part():
    table = world.walk_ring()
    cut = choice_windows(table.train, 8)
    log = table.train.history
    held = {int(step) for part in (table.validation, table.test) for step in part.history.stop}
    assert not held & set(table.train.history.stop.tolist())
    assert cut.targets.astype(bool).sum() == table.train.n_rows
    assert log.codes.shape[0] == sum(p.n_rows for p in (table.train, table.validation, table.test))


def test_histories_are_cut_to_the_latest_steps():
    table = world.make_choices([[1, 2, 3, 4, 5], [6, 7]], 9)
    assert past_items(table.test, slice(0, 2), 3).tolist() == [[2, 3, 4], [0, 0, 6]]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(1, 12), repeats=st.booleans())
def test_lists_hold_the_best_items_that_were_not_chosen_before(seed, k, repeats):
    rng = np.random.default_rng(seed)
    table = world.make_choices([rng.integers(1, 10, 4).tolist() for _ in range(5)], 9, repeats=repeats)
    scores = rng.integers(0, 4, (5, 9)).astype(float)  # ties
    found = rank_part(table.test, 9, lambda items: scores[: len(items)], repeats=repeats, k=k)
    for user in range(5):
        seen = set() if repeats else set(past_items(table.test, slice(user, user + 1), 50)[0].tolist())
        left = [i for i in range(1, 10) if i not in seen]
        mine = found.ranked[user][found.ranked[user] > 0]
        assert len(mine) == min(k, len(left))
        assert len(set(mine.tolist())) == len(mine)
        assert not set(mine.tolist()) & seen
        best = sorted((scores[user][i - 1] for i in left), reverse=True)[: len(mine)]
        assert found.scores[user][: len(mine)].tolist() == best
        assert np.isnan(found.scores[user][len(mine) :]).all()


def test_gains_are_those_of_the_place_in_the_list():
    scores = np.array([[3.0, 2.0, 1.0], [1.0, 1.0, 1.0], [0.0, -np.inf, 1.0]])
    gain = reciprocal_gain(scores, np.array([2, 1, 2]))
    assert gain.tolist() == pytest.approx([1 / np.log2(3), 1 / np.log2(3), 0.0])
    assert reciprocal_gain(scores[:1], np.array([0])).tolist() == [0.0]


def test_popularity_shows_the_most_chosen_items():
    table = world.make_choices([[1, 2, 3, 4], [1, 2, 5, 6], [1, 7, 8, 9]], 9)
    ranked = fit_popularity(table).predict(table.test).ranked
    assert ranked[2][0] == 2  # item 1, the most chosen, is known to everybody
    assert choice_matrix(table.train, 9).toarray()[:, 0].tolist() == [1, 1, 1]


def test_neighbours_are_shrunk_cosines():
    table = world.walk_ring(40, 12)
    x = choice_matrix(table.train, 12).toarray()
    common = x.T @ x
    norm = np.sqrt(np.maximum(np.diag(common), 1e-12))
    wanted = common / norm[:, None] / norm[None, :] * common / (common + 10.0)
    np.fill_diagonal(wanted, 0.0)
    assert np.allclose(fit_neighbours(table).weights.toarray(), wanted)


def test_too_many_items_fall_back_to_neighbours(monkeypatch):
    monkeypatch.setattr("testamur.train.ease.MOST_ITEMS", 5)
    monkeypatch.setattr("testamur.train.baselines_ranking.MOST_ITEMS", 5)
    name, _ = fit_classical(world.walk_ring(20, 12))
    assert name == "item_neighbours"
    with pytest.raises(DataError) as caught:
        ease.check_size(6)
    assert "sasrec" in caught.value.problems[0].remedy


def test_the_linear_model_finds_the_ring(tmp_path):
    table = world.walk_ring()
    naive = fit_popularity(table).predict(table.test)
    fitted = fit(table, tmp_path, architecture="ease")
    assert fitted.summary.epochs_run == 0
    found = hit_rate(fitted.predictor.predict(table.test), table.test)
    assert found > hit_rate(naive, table.test) + 0.2


def test_the_linear_model_scores_as_numpy_does(tmp_path):
    table = world.walk_ring(60)
    fitted = fit(table, tmp_path, architecture="ease", l2=50.0, half_life=3.0)
    weights = ease.fit_weights(ease.item_products(table.train, 30), 50.0)
    items = past_items(table.test, slice(0, 20), 50)
    wanted = np.zeros((20, 30))
    for user, row in enumerate(items):
        known = row[row > 0]
        for back, item in enumerate(known[::-1]):
            wanted[user] += 0.5 ** (back / 3.0) * weights[item - 1]
    scores = fitted.predictor._module.score_next(torch.from_numpy(items)).numpy()
    assert np.allclose(scores, wanted, atol=1e-5)


@pytest.mark.parametrize("architecture", ["sasrec", "blend"])
def test_the_transformer_learns_what_follows_and_comes_back_from_disk(architecture, tmp_path):
    table = world.walk_ring()
    fitted = fit(table, tmp_path, architecture=architecture, epochs=12)
    mine = fitted.predictor.predict(table.test)
    assert hit_rate(mine, table.test) > 0.7
    assert fitted.summary.epochs_run > 0
    fitted.save(tmp_path / "model")
    again = load_predictor(tmp_path / "model", RECOMMENDER).predict(table.test)
    assert np.array_equal(again.ranked, mine.ranked)
    assert np.array_equal(again.scores, mine.scores, equal_nan=True)


def test_the_blend_is_settled_on_validation_and_no_worse_there(tmp_path):
    table = world.walk_ring(seed=3)
    fitted = fit(table, tmp_path, architecture="blend", epochs=4)
    module = fitted.predictor._module
    settled = float(module.share)

    def gain(share):
        module.share.fill_(share)
        return ease.validation_gain(
            table, lambda items: module.score_next(torch.from_numpy(items)).detach().numpy()
        )

    assert gain(settled) >= max(gain(0.0), gain(1.0)) - 1e-6


@pytest.mark.parametrize("at", [1, 5, 12, 30, 40])
def test_an_interruption_anywhere_changes_nothing(tmp_path, monkeypatch, at):
    """While EASE is fitted, in the middle of epochs, or while the blend is settled."""
    monkeypatch.setattr("testamur.train.loop.LISTEN_EVERY_S", 0.0)
    table = world.walk_ring(40, 12)
    whole = fit(table, tmp_path / "whole", epochs=3)
    with pytest.raises(Interrupted):
        fit(table, tmp_path / "torn", epochs=3, observer=StopsAt(at))
    resumed = fit(table, tmp_path / "torn", epochs=3)
    assert resumed.weights == whole.weights


def test_a_user_of_whom_nothing_is_known_is_ranked_for(tmp_path):
    table = world.walk_ring(60)
    fitted = fit(table, tmp_path, epochs=2)
    from dataclasses import replace

    log = table.test.history
    nobody = replace(table.test, history=replace(log, start=log.stop))
    ranked = fitted.predictor.predict(nobody).ranked
    assert (ranked > 0).all()


def test_unseen_items_are_looked_past(tmp_path):
    histories = [[1, 2, 3, 4, 5], [2, 3, 4, 5, 6], [0, 4, 0, 6, 0], [4, 5, 6, 1, 2]] * 10
    table = world.make_choices(histories, 6)
    fitted = fit(table, tmp_path, epochs=2)
    predicted = fitted.predictor.predict(table.test)
    assert predicted.ranked.shape == (40, 6)
    assert (predicted.ranked[2] > 0).sum() == 4  # two of six are known to that user


def test_heads_that_do_not_share_the_width_are_refused():
    options = RecommenderOptions(hidden=30, heads=4)
    table = world.walk_ring(20)
    context = InteractionsForm.plan(options, table).context(table, n_bins=0, seed=0)
    with pytest.raises(ConfigurationError):
        build_recommender(context, options)


def test_weights_count_in_loss_and_products():
    histories = [[1, 2, 3, 4]] * 6
    weight = np.tile([2.0, 1.0, 1.0, 1.0], 6)
    table = world.make_choices(histories, 4, weight=weight)
    assert choice_matrix(table.train, 4).toarray()[0].tolist() == [2.0, 1.0, 0.0, 0.0]
    cut = choice_windows(table.train, 4)
    per_target = cut.weight[cut.targets > 0].reshape(6, 2)
    assert per_target[0, 0] == pytest.approx(2 * per_target[0, 1])


def test_nothing_to_learn_from_is_told(tmp_path):
    table = world.make_choices([[1, 0, 0]] * 8, 1)
    with pytest.raises(DataError) as caught:
        fit(table, tmp_path)
    assert caught.value.problems[0].where == "validation rows"


def test_of_very_many_validation_rows_some_settle():
    rows = np.concatenate(ease.settling_rows(123_456, 1000))
    assert rows.size == ease.MOST_SETTLING
    assert (np.diff(rows) > 0).all()
    assert (rows[0], rows[-1]) == (0, 123_455)
    assert np.concatenate(ease.settling_rows(7, 1000)).tolist() == list(range(7))
