"""The encoder is learnt from training rows, is plain JSON, and repeats itself bit for bit."""

import dataclasses
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.encode import encode_frame
from testamur.data.load import load_source
from testamur.data.quantile_map import ROWS_PER_KNOT, apply_knots, fit_knots
from testamur.data.split import Parts, assign_parts
from testamur.data.table import build_table
from testamur.data.twins import twin_ids

N = 240
ARRAYS = ("numeric", "missing", "categorical", "target", "groups", "absent")


def raw() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    dose = rng.normal(size=N).round(3)
    return pl.DataFrame(
        {
            "dose": [None if i % 11 == 0 else float(d) for i, d in enumerate(dose)],
            "smokes": [None if i % 13 == 0 else bool(i % 2) for i in range(N)],
            "town": [None if i % 17 == 0 else "rare" if i == 5 else f"t{i % 4}" for i in range(N)],
            "seen": [f"2024-0{i % 9 + 1}-1{i % 7}" for i in range(N)],
            "age": [20 + i % 60 for i in range(N)],
            "sex": [None if i == 30 else "fm"[i % 2] for i in range(N)],
            "w": [1.0 + i % 3 for i in range(N)],
            "y": ["yes" if i % 3 == 0 else "no" for i in range(N)],
        }
    )


@pytest.fixture
def loaded(tmp_path):
    raw().write_csv(tmp_path / "t.csv")
    request = DatasetRequest(path="t.csv", target="y", protected=("sex", "age"), weight="w")
    source = load_source(request, None, base=tmp_path)
    parts = assign_parts(source, seed=3)
    return source, parts, build_table(source, parts, bands={"age": (40.0, 60.0)})


def test_the_arrays_have_the_promised_shapes_and_values(loaded):
    source, parts, table = loaded
    assert [(f.name, f.kind) for f in table.features] == [
        ("dose", "numeric"), ("smokes", "numeric"), ("seen", "numeric"), ("town", "categorical"),
    ]  # fmt: skip
    assert table.classes == ("no", "yes")
    assert table.columns == ("dose", "smokes", "town", "seen", "age", "sex")
    n = table.train.n_rows + table.validation.n_rows + table.test.n_rows
    assert n == N
    for name in ("train", "validation", "test"):
        part = table.part(name)
        assert part.numeric.dtype == np.float32
        assert np.isfinite(part.numeric).all()
        assert part.groups.dtype == np.int16
        at = getattr(parts, name)
        assert part.row.tolist() == source.row[at].tolist()
        assert part.target.tolist() == [int(raw()["y"][int(i)] == "yes") for i in at]
        assert part.missing[:, 0].tolist() == [i % 11 == 0 for i in at.tolist()]
        assert part.absent[:, 5].tolist() == [i == 30 for i in at.tolist()]
        assert part.weight.tolist() == [1.0 + i % 3 for i in at.tolist()]


def test_protected_attributes_become_groups_and_no_features(loaded):
    source, parts, table = loaded
    assert [a.levels for a in table.attributes] == [("<40", "40-59", "60 and over"), ("f", "m")]
    ages = [20 + i % 60 for i in parts.test.tolist()]
    assert table.test.groups[:, 0].tolist() == [(age >= 40) + (age >= 60) for age in ages]
    seen = build_table(source, parts, bands={}, protected_as_features=True)
    assert {"age", "sex"} <= {feature.name for feature in seen.features}
    assert any("terciles" in note for note in seen.notes)


def test_json_alone_repeats_the_arrays_bit_for_bit(loaded, tmp_path):
    source, parts, table = loaded
    encoder = json.loads(json.dumps(table.encoder))
    from_text = pl.read_csv(tmp_path / "t.csv", infer_schema=False)
    for rows in (source.frame, from_text, raw()):
        again = encode_frame(encoder, rows)
        for name in (
            "numeric",
            "missing",
            "categorical",
            "target",
            "groups",
            "absent",
            "twin",
            "twin_with_target",
        ):
            expected = getattr(table.train, name)
            found = getattr(again, name)[parts.train]
            assert found.dtype == expected.dtype
            assert found.tobytes() == np.ascontiguousarray(expected).tobytes(), name


def test_nothing_is_learnt_from_rows_outside_training(loaded):
    source, parts, table = loaded
    in_training = pl.int_range(pl.len()).is_in(parts.train.tolist())
    changed = source.frame.with_columns(
        pl.when(in_training).then(pl.col("dose")).otherwise(pl.col("dose") * 1000 + 5),
        pl.when(in_training).then(pl.col("town")).otherwise(pl.lit("new")),
    )
    other = build_table(dataclasses.replace(source, frame=changed), parts, bands={"age": (40.0, 60.0)})
    assert other.encoder == table.encoder
    assert (other.test.categorical == 0).all()


def test_rare_levels_are_coded_as_unseen(loaded):
    levels = next(f for f in loaded[2].encoder["features"] if f["name"] == "town")["levels"]
    assert levels == ["t0", "t1", "t2", "t3"]


def test_new_rows_may_lack_target_and_protected_columns(loaded):
    part = encode_frame(loaded[2].encoder, raw().drop("y", "sex", "age"))
    assert (part.target == -1).all()
    assert (part.groups == -1).all()


def test_new_rows_must_have_the_features_in_their_types(loaded):
    broken = raw().drop("town").with_columns(pl.lit("secret").alias("dose"))
    with pytest.raises(DataError) as caught:
        encode_frame(loaded[2].encoder, broken)
    assert {fault.where for fault in caught.value.problems} == {"column 'dose'", "column 'town'"}
    assert "secret" not in str(caught.value)


def test_bands_must_name_a_protected_number(loaded):
    source, parts, _ = loaded
    with pytest.raises(DataError) as caught:
        build_table(source, parts, bands={"agee": (40.0,), "sex": (1.0,)})
    assert "did you mean age?" in str(caught.value)
    assert "bands divide numbers" in str(caught.value)


pairs = st.tuples(st.sampled_from([None, 0.0, 1.5]), st.sampled_from([None, "a", "b"]))
values = st.lists(st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float), max_size=400)


@settings(max_examples=60, deadline=None)
@given(values)
def test_the_map_is_monotone_finite_and_holds_no_single_value(numbers):
    array = np.asarray(numbers, dtype=np.float64)
    knots, scores = fit_knots(array)
    assert knots == sorted(knots)
    assert scores == sorted(scores)
    assert np.isfinite(apply_knots(np.linspace(-2e6, 2e6, 50), knots, scores)).all()
    grid = np.sort(array)
    assert (np.diff(apply_knots(grid, knots, scores)) > -1e-12).all()
    if len(numbers) >= ROWS_PER_KNOT:
        assert len(knots) <= len(numbers) / ROWS_PER_KNOT
    if len(set(numbers)) == len(numbers) >= ROWS_PER_KNOT:
        assert min(numbers) < knots[0] <= knots[-1] < max(numbers)


def test_the_map_makes_normal_scores():
    rng = np.random.default_rng(1)
    scored = apply_knots(x := np.exp(rng.normal(size=20_000)), *fit_knots(x))
    assert abs(scored.mean()) < 0.01
    assert abs(scored.std() - 1) < 0.02


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([None, 0.0, 1.5]), st.sampled_from([None, "a", "b"])),
        min_size=1,
        max_size=60,
    )
)
def test_twins_are_exactly_the_equal_rows(rows):
    columns = [
        pl.Series("x", [r[0] for r in rows], dtype=pl.Float64),
        pl.Series("^.*$", [r[1] for r in rows], dtype=pl.String),
    ]
    assert twin_ids(columns).tolist() == [rows.index(row) for row in rows]


def test_parts_need_not_be_of_equal_size(loaded):
    source, _, _ = loaded
    every = np.arange(N, dtype=np.int64)
    table = build_table(source, Parts(every[:200], every[200:201], every[201:]), bands={})
    assert (table.train.n_rows, table.validation.n_rows, table.test.n_rows) == (200, 1, 39)
