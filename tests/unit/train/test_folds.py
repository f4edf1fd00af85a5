"""Folds: every row is held out once, classes are spread, entities and stretches of time stay together."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import ProblemKind, SplitKind, SplitRule
from testamur.contracts.errors import DataError
from testamur.train.folds import assign_folds, join_parts, take_rows

from .conftest import draw_table, with_part


@settings(max_examples=30, deadline=None)
@given(n_folds=st.integers(2, 12), seed=st.integers(0, 5), kind=st.sampled_from([*ProblemKind][:3]))
def test_folds_are_of_equal_size_and_hold_equal_shares_of_each_class(n_folds, seed, kind):
    table = draw_table(kind)
    fold = assign_folds(table, n_folds, seed=seed)
    sizes = np.bincount(fold, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1
    if table.classes:
        target = np.concatenate([table.train.target, table.validation.target])
        for code in range(len(table.classes)):
            own = np.bincount(fold[target == code], minlength=n_folds)
            assert own.max() - own.min() <= 1
    assert np.array_equal(fold, assign_folds(table, n_folds, seed=seed))


def test_another_seed_deals_anew():
    table = draw_table()
    assert not np.array_equal(assign_folds(table, 8, seed=0), assign_folds(table, 8, seed=1))


def with_rows(table, **columns):
    for name in ("train", "validation"):
        rows = {key: make(table.part(name).n_rows, name) for key, make in columns.items()}
        table = with_part(table, name, **rows)
    return table


def test_rows_of_an_entity_share_a_fold():
    table = with_rows(draw_table(), entity=lambda n, _: np.arange(n) // 4)  # also across the two parts
    fold, entity = assign_folds(table, 8, seed=0), join_parts(table).entity
    for own in np.unique(entity):
        assert np.unique(fold[entity == own]).size == 1
    assert np.unique(fold).size == 8


def test_a_table_divided_in_time_is_cut_into_stretches_of_time():
    table = draw_table()
    spec = table.spec.model_copy(update={"split": SplitRule(kind=SplitKind.TIME)})
    table = dataclasses.replace(table, spec=spec)
    draw = np.random.default_rng(0)
    table = with_rows(
        table, time=lambda n, name: draw.permutation(n) + (1000.0 if name == "validation" else 0.0)
    )
    fold, time = assign_folds(table, 5, seed=0), join_parts(table).time
    assert np.array_equal(fold[np.argsort(time)], np.sort(fold))
    assert np.bincount(fold).tolist() == [80] * 5


@pytest.mark.parametrize("entities", [False, True])
def test_fewer_rows_or_entities_than_folds_are_refused(entities):
    table = draw_table(n=9)  # 9 training and 3 validation rows
    if entities:
        table = with_rows(draw_table(), entity=lambda n, _: np.arange(n) % 3)
    with pytest.raises(
        DataError, match=r"as many (rows|entities) as folds are required, however: (12|3) for"
    ):
        assign_folds(table, 16 if not entities else 8, seed=0)


def test_joined_rows_keep_everything_and_can_be_taken_apart():
    table = with_rows(
        draw_table(weighted=True),
        entity=lambda n, _: np.arange(n),
        carried=lambda n, name: {"note": np.full(n, name)},
    )
    rows, n = join_parts(table), table.train.n_rows
    for part, positions in ((table.train, np.arange(n)), (table.validation, np.arange(n, rows.n_rows))):
        again = take_rows(rows, positions)
        for name in ("row", "numeric", "missing", "categorical", "target", "weight", "entity"):
            assert np.array_equal(getattr(again, name), getattr(part, name)), name
        assert np.array_equal(again.carried["note"], part.carried["note"])
