"""Groups are named in words that a reader understands."""

import numpy as np
import polars as pl
import pytest

from testamur.contracts.dataset import ColumnKind, ColumnSpec
from testamur.data.groups import band_labels, fit_groups, group_codes

EVERY = np.arange(6)


def fit(kind, values, *, bands=(), words=None):
    column = ColumnSpec(name="a", kind=kind, values=words or {})
    series = pl.Series("a", values)
    attribute, notes = fit_groups(column, series, EVERY, bands)
    return attribute["levels"], group_codes(attribute, series).tolist(), notes


def test_levels_take_the_words_and_the_order_of_the_declaration():
    words = {"2": "women", "1": "men", "9": "nobody"}
    levels, codes, _ = fit(ColumnKind.CATEGORICAL, ["1", "2", None, "3", "1", "2"], words=words)
    assert levels == ["women", "men", "3"]
    assert codes == [1, 0, -1, 2, 1, 0]


def test_words_that_two_codes_share_are_told_apart():
    assert fit(ColumnKind.CATEGORICAL, ["1", "2"] * 3, words={"1": "x", "2": "x"})[0] == ["x (1)", "x (2)"]


def test_few_numbers_are_levels_and_many_are_terciles():
    assert fit(ColumnKind.NUMERIC, [1.0, 2.0, None, 2.0, 1.0, 10.0])[0] == ["1", "2", "10"]
    column = ColumnSpec(name="a", kind=ColumnKind.NUMERIC)
    series = pl.Series("a", [float(i) for i in range(30)])
    attribute, notes = fit_groups(column, series, np.arange(30), ())
    assert len(attribute["levels"]) == 3
    assert np.bincount(group_codes(attribute, series)).tolist() == [10, 10, 10]
    assert "terciles" in notes[0]


def test_truth_values_have_two_levels():
    assert fit(ColumnKind.BOOLEAN, [True, False, None] * 2)[:2] == (["false", "true"], [1, 0, -1, 1, 0, -1])


@pytest.mark.parametrize(
    ("edges", "whole", "labels"),
    [
        ((40, 50, 60), True, ["<40", "40-49", "50-59", "60 and over"]),
        ((40.0, 50.0), False, ["<40", "40 to <50", "50 and over"]),
        ((1, 2), True, ["<1", "1", "2 and over"]),
        ((18.5,), False, ["<18.5", "18.5 and over"]),
    ],
)
def test_bands_are_labelled(edges, whole, labels):
    assert band_labels(edges, whole=whole) == labels


def test_an_edge_belongs_to_the_upper_band():
    assert fit(ColumnKind.NUMERIC, [39.0, 40.0, 49.0, 50.0, None, 60.0], bands=(50, 40))[1] == [
        0,
        1,
        1,
        2,
        -1,
        2,
    ]
