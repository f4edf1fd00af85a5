"""Trees as tensors say what scikit-learn's estimators say, whatever is missing, unseen or weighted."""

import dataclasses

import numpy as np
import pytest
import torch

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import Feature
from testamur.train import boosting
from testamur.train.boosting import categorical_mask, grow_bag
from testamur.train.folds import take_rows
from testamur.train.inputs import numeric_input, plan_layout
from testamur.train.loss import averaged
from testamur.train.rows_form import as_predictions
from testamur.train.tree_nodes import gather_nodes
from testamur.train.trees import Trees

from .conftest import draw_table, with_part
from .test_fitting import KINDS


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(boosting, "MOST_TREES", 25)


def tensor_trees(table, bag):
    layout = plan_layout(table)
    trees = Trees(len(bag.members), table.n_outputs)
    how = {"mean": layout.target_mean, "scale": layout.target_scale}
    trees.load(gather_nodes(bag, categorical_mask(table), n_outputs=table.n_outputs, **how), layout.flags)
    return trees, layout


def asked(trees, layout, part):
    with torch.no_grad():
        said = trees(torch.from_numpy(numeric_input(part, layout)), torch.from_numpy(part.categorical))
    return as_predictions(averaged(said, layout.problem).double().numpy(), layout)


def close(ours, theirs):
    if theirs.values is not None:
        np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-5)
    else:
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_trees_say_what_the_estimators_say(kind):
    table = draw_table(kind, weighted=True)
    bag = grow_bag(table, seed=0, threads=1, by_class=None, n_folds=4)
    trees, layout = tensor_trees(table, bag)
    for part in (table.train, table.validation, table.test):
        close(asked(trees, layout, part), bag.predict(part))


def test_codes_that_training_never_showed_and_values_at_the_edges_go_the_same_way():
    table = draw_table()
    wide = dataclasses.replace(table, features=(*table.features[:4], Feature("c", "c", "categorical", 9)))
    bag = grow_bag(wide, seed=0, threads=1, by_class=None, n_folds=3)
    trees, layout = tensor_trees(wide, bag)
    edges = np.unique(
        np.concatenate([m.estimator._predictors[0][0].nodes["num_threshold"] for m in bag.members])
    )
    r = np.random.default_rng(0)
    test = take_rows(wide.test, r.integers(0, wide.test.n_rows, 500))
    numeric = r.choice(edges.astype(np.float32), (500, 4)) + r.choice([0, 1e-7, -1e-7], (500, 4))
    test = dataclasses.replace(
        test, numeric=numeric.astype(np.float32), categorical=r.integers(0, 9, (500, 1))
    )  # codes 3 to 8 were never seen
    close(asked(trees, layout, test), bag.predict(test))


def test_so_many_codes_that_they_count_as_numbers():
    r = np.random.default_rng(1)
    table = draw_table()
    table = dataclasses.replace(table, features=(*table.features[:4], Feature("c", "c", "categorical", 400)))
    for name in ("train", "validation", "test"):
        n = table.part(name).n_rows
        codes = r.integers(0, 400, (n, 1))
        table = with_part(table, name, categorical=codes, target=(codes[:, 0] > 200).astype(np.int64))
    bag = grow_bag(table, seed=0, threads=1, by_class=None, n_folds=3)
    trees, layout = tensor_trees(table, bag)
    close(asked(trees, layout, table.test), bag.predict(table.test))


@pytest.mark.parametrize("kind", [ProblemKind.BINARY, ProblemKind.MULTICLASS])
def test_a_class_of_one_row_is_never_seen_by_the_member_that_holds_it_out(kind):
    table = draw_table(kind)
    target = np.zeros(table.train.n_rows, dtype=np.int64)
    target[7] = 1
    if kind is ProblemKind.MULTICLASS:
        target[150:] = 2
    table = with_part(
        with_part(table, "train", target=target), "validation", target=0 * table.validation.target
    )
    bag = grow_bag(table, seed=0, threads=1, by_class=None, n_folds=3)
    assert sorted(len(m.estimator.classes_) for m in bag.members)[0] == len(table.classes) - 1
    trees, layout = tensor_trees(table, bag)
    close(asked(trees, layout, table.test), bag.predict(table.test))


def test_no_rows_give_no_answers():
    table = draw_table()
    trees, layout = tensor_trees(table, grow_bag(table, seed=0, threads=1, by_class=None, n_folds=2))
    empty = take_rows(table.test, np.zeros(0, dtype=np.int64))
    assert asked(trees, layout, empty).probabilities.shape == (0, 2)
