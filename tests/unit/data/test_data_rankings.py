"""Choices of users become rows with a history that never reaches past them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import ProblemKind, SplitKind, SplitRule
from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.encode import encode_frame
from testamur.data.histories import history_names
from testamur.data.load import load_source
from testamur.data.split import assign_parts
from testamur.data.table import build_table


def request(**asked) -> DatasetRequest:
    named = {"path": "t.csv", "problem": ProblemKind.RANKING, "target": "item", "entity": "user"}
    return DatasetRequest(**{**named, **asked})


def table_of(folder, columns, **asked):
    pl.DataFrame(columns).write_csv(folder / "t.csv")
    source = load_source(request(**asked), None, base=folder)
    return build_table(source, assign_parts(source, seed=0), bands={})


def small(**more):
    """Users a, b, c with 4, 2 and 1 choices among x, y, z, v, w; times run against the order of the file."""
    return {
        "user": ["a", "b", "a", "c", "a", "b", "a", "d", "d", "d", "d"],
        "item": ["x", "x", "y", "z", "z", "y", "w", "x", "y", "z", "v"],
        "when": [9, 8, 7, 6, 5, 4, 3, 1, 2, 3, 4],
        **more,
    }


def labels(table, part):
    return ["?" if code == 0 else table.items[code - 1] for code in part.target]


def test_the_last_choice_is_the_test_and_the_one_before_validation(tmp_path):
    table = table_of(tmp_path, small(), time="when")
    assert table.spec.split.kind is SplitKind.LEAVE_LAST
    assert [table.entities[e] for e in table.test.entity] == ["a", "b", "d"]
    assert labels(table, table.test) == ["x", "x", "?"]  # nobody chose v in training
    assert labels(table, table.validation) == ["y", "z"]
    assert sorted(labels(table, table.train)) == ["w", "x", "y", "y", "z", "z"]
    assert any("1 user with one choice" in note for note in table.notes)
    assert any("1 choice of 3 in the test part" in note for note in table.notes)


def test_the_history_of_a_row_is_what_was_chosen_before(tmp_path):
    table = table_of(tmp_path, small(), time="when")
    log = table.test.history
    seen = [[table.items[c - 1] for c in log.codes[a:b, 0]] for a, b in zip(log.start, log.stop, strict=True)]
    assert seen == [["w", "z", "y"], ["y"], ["x", "y", "z"]]
    assert log is not table.train.history
    assert log.codes is table.train.history.codes  # one log for all parts


def test_without_a_time_the_order_of_the_file_counts_and_is_told(tmp_path):
    table = table_of(tmp_path, {name: values for name, values in small().items() if name != "when"})
    assert labels(table, table.test)[:2] == ["?", "y"]  # a's last line is w, which no training row shows
    assert any("order of the file" in note for note in table.notes)


def test_equal_moments_are_told(tmp_path):
    table = table_of(tmp_path, small(when=[1] * 11), time="when")
    assert any("share one moment" in note for note in table.notes)


def test_poor_ratings_are_no_choices(tmp_path):
    stars = [5, 5, 5, 5, 1, 5, 5, 5, 5, 5, 5]
    table = table_of(tmp_path, small(stars=stars), time="when", weight="stars", least_weight=4.0)
    assert table.train.weight is None
    assert any("1 row of 11 of a weight below 4" in note for note in table.notes)
    kept = table_of(tmp_path, small(stars=stars), time="when", weight="stars")
    assert kept.train.weight is not None
    assert kept.train.history.values.shape == (11, 1)


def test_least_weight_without_a_weight_is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, small(), least_weight=4.0)
    assert "weight column is required" in str(caught.value.problems[0])


def test_repeated_choices_count_once_unless_asked(tmp_path):
    twice = {"user": ["a"] * 6 + ["b"] * 6, "item": [*"xyxzwx", *"yxzwxx"]}
    once = table_of(tmp_path, twice)
    assert any("4 rows of 12 that repeat" in note for note in once.notes)
    kept = table_of(tmp_path, twice, repeats=True)
    assert sum(part.n_rows for part in (kept.train, kept.validation, kept.test)) == 12
    assert kept.problem.repeats
    assert labels(kept, kept.test) == ["x", "x"]


def test_a_protected_attribute_has_one_value_per_user(tmp_path):
    sex = ["f", "m", "f", "f", "m", "m", "f", "m", "m", "m", "m"]
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, small(sex=sex), protected=("sex",))
    assert "one value per user is required" in caught.value.problems[0].message
    assert "1 user with several" in caught.value.problems[0].message


def test_columns_that_describe_items_become_item_attributes(tmp_path):
    kind = {"x": "new", "y": "old", "z": "old", "w": "new", "v": "new"}
    columns = small()
    table = table_of(tmp_path, {**columns, "kind": [kind[i] for i in columns["item"]]}, time="when")
    assert table.features == ()
    (attribute,) = table.item_attributes
    assert attribute.levels == ("new", "old")
    assert [kind[item] for item in table.items] == [attribute.levels[c] for c in table.item_groups[1:, 0]]
    assert table.item_groups[0, 0] == -1


@pytest.mark.parametrize("kind", [SplitKind.RANDOM, SplitKind.ROLLING])
def test_splits_that_look_into_the_future_are_refused(tmp_path, kind):
    with pytest.raises(DataError, match="cannot be used") as caught:
        table_of(tmp_path, small(), split=SplitRule(kind=kind))
    assert "leave last" in caught.value.problems[0].message


def test_who_chose_must_be_known(tmp_path):
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, small(), entity=None)
    assert any(problem.where == "dataset.entity" for problem in caught.value.problems)


def test_rows_without_a_user_are_left_out_and_counted(tmp_path):
    columns = small()
    columns["user"] = [None, *columns["user"][1:]]
    table = table_of(tmp_path, columns, time="when")
    assert any("1 row of 11 without a user" in note for note in table.notes)


def test_a_split_by_time_and_one_by_entity_work(tmp_path):
    rng = np.random.default_rng(0)
    columns = {
        "user": rng.integers(0, 30, 600).tolist(),
        "item": rng.integers(0, 20, 600).tolist(),
        "when": rng.permutation(600).tolist(),
    }
    by_time = table_of(tmp_path, columns, time="when", split=SplitRule(kind=SplitKind.TIME))
    assert by_time.test.time.min() > by_time.train.time.max()
    by_user = table_of(tmp_path, columns, time="when", split=SplitRule(kind=SplitKind.ENTITY))
    assert not set(by_user.test.entity) & set(by_user.train.entity)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_history_reaches_its_own_choice(tmp_path, data):
    n = data.draw(st.integers(30, 120))
    users = data.draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    items = data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    moments = data.draw(st.lists(st.integers(0, 50), min_size=n, max_size=n))
    columns = {"user": [f"u{u}" for u in users], "item": items, "when": moments}
    try:
        table = table_of(tmp_path, columns, time="when")
    except DataError:
        return  # too few users with three choices, or too few items
    for part in (table.train, table.validation, table.test):
        log = part.history
        assert (log.start <= log.stop).all()
        assert np.array_equal(log.codes[log.stop, 0], part.target)
        assert np.array_equal(log.series[log.stop], part.entity)
        for first, last, entity in zip(log.start, log.stop, part.entity, strict=True):
            assert (log.series[first:last] == entity).all()
            assert (log.time[first:last] <= log.time[last]).all()
            past = log.codes[first:last, 0]
            assert len(set(past[past > 0])) == (past > 0).sum()


def test_new_users_are_encoded_as_training_users_are(tmp_path):
    table = table_of(tmp_path, small(), time="when")
    new = pl.DataFrame({"user": ["q", "p", "q", "p"], "item": ["x", "z", "new", "y"], "when": [2, 2, 1, 1]})
    part = encode_frame(table.encoder, new)
    assert history_names(table.encoder, new) == ("p", "q")
    log = part.history
    named = [
        ["?" if c == 0 else table.items[c - 1] for c in log.codes[a:b, 0]]
        for a, b in zip(log.start, log.stop, strict=True)
    ]
    assert named == [["y", "z"], ["?", "x"]]
    assert part.target.tolist() == [0, 0]


def test_new_users_without_the_item_column_are_refused(tmp_path):
    table = table_of(tmp_path, small(), time="when")
    with pytest.raises(DataError) as caught:
        encode_frame(table.encoder, pl.DataFrame({"user": ["q"]}))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("said", "told"),
    [("", "choices"), ("users", "choices of users"), ("choices of films", "choices of films")],
)
def test_the_rows_of_a_ranking_are_told_as_choices(tmp_path, said, told):
    assert table_of(tmp_path, small(), time="when", subjects=said).spec.subjects == told
