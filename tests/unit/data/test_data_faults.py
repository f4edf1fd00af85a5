"""Every fault of a user's data has one clear line, all lines come at once, and no cell is quoted."""

import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source

SECRET = "Erika Mustermann"


def write(folder, n=60, **columns):
    standard = {
        "sex": ["f" if i % 2 else "m" for i in range(n)],
        "dose": [str(i % 9 + 0.25) for i in range(n)],
        "y": ["yes" if i % 3 == 0 else "no" for i in range(n)],
    }
    pl.DataFrame({**standard, **columns}).write_csv(folder / "t.csv")


def load(folder, **asked):
    request = DatasetRequest(path="t.csv", **{"target": "y", "protected": ("sex",), **asked})
    return load_source(request, None, base=folder)


def faults(folder, **asked):
    with pytest.raises(DataError) as caught:
        load(folder, **asked)
    assert SECRET not in str(caught.value)
    return {fault.where: f"{fault.message} -> {fault.remedy}" for fault in caught.value.problems}


def test_all_faults_come_at_once(tmp_path):
    write(tmp_path, a=["1"] * 59 + [SECRET], b=["1"] * 58 + ["inf", "-inf"], y=["same"] * 60)
    found = faults(tmp_path, protected=("sexx",), time="when", ignore=("nothing",))
    assert set(found) == {
        "column 'a'",
        "column 'b'",
        "column 'y'",
        "dataset.protected",
        "dataset.time",
        "dataset.ignore",
    }
    assert "did you mean sex?" in found["dataset.protected"]
    assert "2 infinite cells (rows 59, 60)" in found["column 'b'"]
    assert "constant" in found["column 'y'"]


def test_mixed_types_name_column_rows_and_types(tmp_path):
    write(tmp_path, a=["1.5"] * 30 + [SECRET] + ["2"] * 29)
    found = faults(tmp_path)["column 'a'"]
    assert "1 cell of text among 59 numbers (row 31)" in found
    assert "categorical" in found
    assert load(tmp_path, categorical=("a",)).spec.column("a").kind == "categorical"


def test_known_marks_of_missing_values_are_proposed(tmp_path):
    write(tmp_path, a=["1"] * 28 + ["2"] * 29 + ["NA", "NA", "-"])
    assert "null_values = ['NA', '-']" in faults(tmp_path)["column 'a'"]
    assert load(tmp_path, null_values=("NA", "-")).frame.get_column("a").null_count() == 3


def test_rows_are_named_as_in_the_source_when_others_were_dropped(tmp_path):
    write(tmp_path, a=["1", "2"] * 29 + ["3", "inf"], y=[None] * 10 + ["yes", "no"] * 25)
    assert "row 60" in faults(tmp_path)["column 'a'"]


def test_target_absent(tmp_path):
    write(tmp_path)
    assert "did you mean dose?" in faults(tmp_path, target="doze")["dataset.target"]
    assert "none is named" in faults(tmp_path, target=None)["dataset.target"]


def test_target_empty_and_too_few_rows(tmp_path):
    write(tmp_path, y=[None] * 60)
    assert "empty throughout" in faults(tmp_path)["column 'y'"]
    write(tmp_path, y=["yes"] * 4 + ["no"] * 4 + [None] * 52)
    assert "at least 10 rows" in faults(tmp_path)["column 'y'"]


def test_a_class_with_one_row_is_told_by_count_alone(tmp_path):
    write(tmp_path, y=["a", "b"] * 29 + ["a", SECRET])
    assert "1 class of 3 with fewer (1)" in faults(tmp_path)["column 'y'"]


def test_free_text_is_no_target(tmp_path):
    write(tmp_path, n=600, y=[f"{SECRET} {i}" for i in range(600)])
    assert "600 different labels" in faults(tmp_path)["column 'y'"]


def test_a_label_that_no_row_has_is_refused(tmp_path):
    write(tmp_path)
    assert "no row has the one given" in faults(tmp_path, positive="maybe")["dataset.positive"]


def test_a_column_has_one_role(tmp_path):
    write(tmp_path)
    assert "target and protected" in faults(tmp_path, protected=("y",))["column 'y'"]
    assert "protected_as_features" in faults(tmp_path, features=("sex", "dose"))["column 'sex'"]


def test_empty_columns_are_left_out_as_features_and_refused_as_protected(tmp_path):
    write(tmp_path, a=[None] * 60)
    assert load(tmp_path).spec.column("a").role == "ignored"
    assert "empty throughout" in faults(tmp_path, protected=("a",))["column 'a'"]


def test_nothing_to_learn_from(tmp_path):
    write(tmp_path, dose=["1"] * 60)
    assert "no usable column" in faults(tmp_path)["features"]


def test_weights_must_be_numbers_of_at_least_0(tmp_path):
    write(tmp_path, w=["1"] * 57 + ["-1", None, "2"])
    assert "2 cells empty or below 0 (rows 58, 59)" in faults(tmp_path, weight="w")["column 'w'"]
    assert "numbers are required of a weight" in faults(tmp_path, weight="sex", protected=())["column 'sex'"]


def test_a_protected_attribute_with_too_many_groups_or_dates(tmp_path):
    write(
        tmp_path,
        n=400,
        name=[f"n{i}" for i in range(400)],
        born=[f"19{i % 90 + 10}-01-02" for i in range(400)],
    )
    assert "at most 200 groups" in faults(tmp_path, protected=("name",))["column 'name'"]
    assert "age in years" in faults(tmp_path, protected=("born",))["column 'born'"]


def test_a_protected_attribute_with_one_group_is_noted(tmp_path):
    write(tmp_path, sex=["f"] * 60)
    assert any("one group only" in note for note in load(tmp_path).notes)


def test_identifiers_and_free_text_are_left_out_and_said(tmp_path):
    write(
        tmp_path,
        n=300,
        patient_id=[str(7 * i) for i in range(300)],
        remark=[f"{SECRET} {i}" for i in range(300)],
    )
    source = load(tmp_path)
    assert source.spec.column("patient_id").role == "identifier"
    assert source.spec.column("remark").role == "ignored"
    assert sum("left out" in note for note in source.notes) == 2
    assert SECRET not in "".join(source.notes)
    assert load(tmp_path, features=("patient_id", "dose")).spec.column("patient_id").role == "feature"


def test_wide_files_are_read(tmp_path):
    columns = {f"x{j}": [str((i * j) % 11) for i in range(60)] for j in range(1, 2001)}
    write(tmp_path, **columns)
    source = load(tmp_path)
    assert sum(c.role == "feature" for c in source.spec.columns) > 1500
    assert len(source.notes) < 50
    assert any("more notes" in note for note in source.notes)


def test_nested_columns_are_refused_unless_ignored(tmp_path):
    pl.DataFrame({"a": [[1], [2]] * 20, "x": list(range(40)), "y": [0, 1] * 20}).write_parquet(
        tmp_path / "t.parquet"
    )
    request = DatasetRequest(path="t.parquet", target="y")
    with pytest.raises(DataError, match=r"column 'a'.*type List"):
        load_source(request, None, base=tmp_path)
    request = request.model_copy(update={"ignore": ("a",), "features": ("x",)})
    assert load_source(request, None, base=tmp_path).frame.height == 40


def test_a_split_needs_its_column(tmp_path):
    from testamur.contracts.dataset import SplitKind, SplitRule

    write(tmp_path)
    assert "a split by entity" in faults(tmp_path, split=SplitRule(kind=SplitKind.ENTITY))["dataset.split"]
