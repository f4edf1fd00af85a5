"""What is predicted is found out by rules that the notes tell."""

import polars as pl
import pytest

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source

N = 90


def settle(folder, values, **asked):
    pl.DataFrame({"x": [i % 17 for i in range(N)], "y": values}).write_parquet(folder / "t.parquet")
    return load_source(DatasetRequest(path="t.parquet", target="y", **asked), None, base=folder)


def cycle(*values):
    return [values[i % len(values)] for i in range(N)]


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (cycle(0, 1, 1), ("0", "1")),
        (cycle(0.0, 1.0, 0.0), ("0", "1")),
        (cycle(True, False), ("false", "true")),
        (cycle("yes", "no"), ("no", "yes")),
        (cycle("alive", "moved", "moved"), ("alive", "moved")),
        (cycle("b", "a", "a"), ("a", "b")),
        (cycle("Died", "Alive", "Died"), ("Alive", "Died")),
        (cycle(2, 1), ("2", "1")),
    ],
)
def test_two_values_are_binary_with_the_event_last(tmp_path, values, classes):
    source = settle(tmp_path, values)
    assert source.spec.problem.kind is ProblemKind.BINARY
    assert source.classes == classes
    assert source.spec.problem.positive == classes[1]
    assert any("positive = " in note for note in source.notes)


@pytest.mark.parametrize(("positive", "found"), [("no", "no"), ("NO", "no"), ("yes", "yes")])
def test_a_stated_event_is_taken(tmp_path, positive, found):
    source = settle(tmp_path, cycle("yes", "no"), positive=positive)
    assert source.spec.problem.positive == found
    assert source.notes == ()


def test_a_number_may_be_stated_in_another_form(tmp_path):
    assert settle(tmp_path, cycle(0, 1), positive="0.0").classes == ("1", "0")


def test_few_whole_numbers_are_classes_unless_stated_otherwise(tmp_path):
    source = settle(tmp_path, cycle(10, 2, 1))
    assert source.classes == ("1", "2", "10")
    assert any("regression" in note for note in source.notes)
    assert settle(tmp_path, cycle(10, 2, 1), problem=ProblemKind.REGRESSION).classes == ()


def test_many_numbers_are_regression(tmp_path):
    source = settle(tmp_path, [i / 7 for i in range(N)])
    assert source.spec.problem.kind is ProblemKind.REGRESSION
    assert source.frame.get_column("y").dtype == pl.Float64


def test_text_is_multiclass_in_order(tmp_path):
    assert settle(tmp_path, cycle("c", "a", "b")).classes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("values", "asked", "said"),
    [
        (cycle("a", "b", "c"), {"problem": ProblemKind.BINARY}, "two labels"),
        (cycle("a", "b", "c"), {"problem": ProblemKind.REGRESSION}, "numbers are required for regression"),
        (cycle("a", "b", "c"), {"positive": "a"}, "3 classes"),
        (cycle("a", "b"), {"problem": ProblemKind.FORECAST}, "forecast"),
        ([float("inf"), 1.5, 2.5] * 30, {}, "infinite"),
    ],
)
def test_contradictions_are_refused(tmp_path, values, asked, said):
    with pytest.raises(DataError, match=said):
        settle(tmp_path, values, **asked)


def test_rows_without_a_target_are_left_out_and_counted(tmp_path):
    source = settle(tmp_path, cycle(None, 0, 1))
    assert source.row.tolist() == [i for i in range(N) if i % 3]
    assert "30 rows of 90 without a target left out" in source.notes
