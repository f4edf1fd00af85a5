"""Parts are exact, reproducible and keep the promise of their rule."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testamur.contracts.dataset import ProblemKind, SplitKind, SplitRule
from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import LoadedSource, load_source
from testamur.data.split import assign_parts, entity_codes, random_keys


def source_of(folder: Path, columns, rule: SplitRule, **asked) -> LoadedSource:
    pl.DataFrame(columns).write_parquet(folder / "t.parquet")
    request = DatasetRequest(path="t.parquet", target="y", split=rule, **asked)
    return load_source(request, None, base=folder)


def whole(parts, n):
    joined = np.concatenate([parts.train, parts.validation, parts.test])
    return sorted(joined.tolist()) == list(range(n))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    n=st.integers(24, 300),
    validation=st.floats(0.05, 0.4),
    test=st.floats(0.05, 0.4),
    seed=st.integers(0, 2**31 - 1),
    n_classes=st.integers(2, 4),
)
def test_random_parts_are_stratified_and_complete(tmp_path, n, validation, test, seed, n_classes):
    columns = {"x": [i * 0.37 for i in range(n)], "y": [f"k{i % n_classes}" for i in range(n)]}
    source = source_of(tmp_path, columns, SplitRule(validation=validation, test=test))
    parts = assign_parts(source, seed=seed)
    assert whole(parts, n)
    again = assign_parts(source, seed=seed)
    for part, same, share in zip(
        (parts.validation, parts.test), (again.validation, again.test), (validation, test), strict=True
    ):
        assert np.array_equal(part, same)
        for k in range(n_classes):
            size = len(range(k, n, n_classes))
            in_part = int((part % n_classes == k).sum())
            assert in_part >= 1
            assert abs(in_part - share * size) <= 1


def test_the_draws_are_those_of_pcg64_everywhere():
    assert random_keys(3, 0).tolist() == [11749869230777074271, 4976686463289251617, 755828109848996024]


def test_another_seed_gives_other_parts_and_a_stated_seed_wins(tmp_path):
    columns = {"x": [i * 0.37 for i in range(100)], "y": [0, 1] * 50}
    free = source_of(tmp_path, columns, SplitRule())
    assert not np.array_equal(assign_parts(free, seed=1).test, assign_parts(free, seed=2).test)
    fixed = source_of(tmp_path, columns, SplitRule(seed=5))
    assert np.array_equal(assign_parts(fixed, seed=1).test, assign_parts(fixed, seed=2).test)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 60), min_size=6, max_size=40), seed=st.integers(0, 1000))
def test_no_entity_stands_on_two_sides(tmp_path, sizes, seed):
    who = [f"p{k}" for k, size in enumerate(sizes) for _ in range(size)]
    who = who + [None] * max(0, 12 - len(who))
    n = len(who)
    columns = {"who": who, "x": [i * 0.37 for i in range(n)], "y": [i * 1.7 + 0.1 for i in range(n)]}
    source = source_of(
        tmp_path, columns, SplitRule(kind=SplitKind.ENTITY), entity="who", problem=ProblemKind.REGRESSION
    )
    parts = assign_parts(source, seed=seed)
    codes = entity_codes(source, "who")
    assert whole(parts, n)
    sides = [set(codes[part].tolist()) for part in (parts.train, parts.validation, parts.test)]
    assert all(sides)
    assert len(sides[0] | sides[1] | sides[2]) == sum(map(len, sides))


def test_an_entity_column_divides_by_entity_unless_stated_otherwise(tmp_path):
    pl.DataFrame(
        {"who": [f"p{i // 4}" for i in range(80)], "x": [i * 0.3 for i in range(80)], "y": [0, 1] * 40}
    ).write_parquet(tmp_path / "t.parquet")
    request = DatasetRequest(path="t.parquet", target="y", entity="who")
    assert load_source(request, None, base=tmp_path).spec.split.kind is SplitKind.ENTITY
    stated = request.model_copy(update={"split": SplitRule()})
    assert load_source(stated, None, base=tmp_path).spec.split.kind is SplitKind.RANDOM


def test_rows_that_share_a_person_are_not_counted_as_people(tmp_path):
    columns = {"who": [f"p{i // 4}" for i in range(80)], "x": [i * 0.3 for i in range(80)], "y": [0, 1] * 40}
    assert source_of(tmp_path, columns, SplitRule(), entity="who").spec.subjects == "rows"
    assert (
        source_of(tmp_path, columns, SplitRule(), entity="who", subjects="visits").spec.subjects == "visits"
    )
    assert source_of(tmp_path, columns, SplitRule(), ignore=("who",)).spec.subjects == "people"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(0, 25), min_size=40, max_size=120))
def test_the_latest_rows_are_the_test(tmp_path, days):
    days = [*days, *range(26)]
    n = len(days)
    columns = {
        "day": [f"2024-01-{day + 1:02d}" for day in days],
        "x": [i * 0.37 for i in range(n)],
        "y": [i * 1.7 + 0.1 for i in range(n)],
    }
    source = source_of(tmp_path, columns, SplitRule(kind=SplitKind.TIME), time="day")
    parts = assign_parts(source, seed=0)
    day = np.asarray(days)
    assert whole(parts, n)
    assert (
        day[parts.train].max()
        < day[parts.validation].min()
        <= day[parts.validation].max()
        < day[parts.test].min()
    )


@pytest.mark.parametrize(
    ("columns", "rule", "asked"),
    [
        ({"who": ["a", "b"] * 30}, SplitKind.ENTITY, {"entity": "who"}),
        ({"when": [1.0, 2.0] * 30}, SplitKind.TIME, {"time": "when"}),
        ({"when": [None, 2.0, 3.0] * 20}, SplitKind.TIME, {"time": "when"}),
    ],
)
def test_what_cannot_be_divided_is_refused(tmp_path, columns, rule, asked):
    columns = {**columns, "x": [i * 0.37 for i in range(60)], "y": [i % 2 for i in range(60)]}
    source = source_of(tmp_path, columns, SplitRule(kind=rule), **asked)
    with pytest.raises(DataError, match="cannot be divided"):
        assign_parts(source, seed=0)
