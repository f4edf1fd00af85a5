"""The cells of a source as checks of the data see them, and the rows that they are compared with."""

import numpy as np
import pytest

from testamur.contracts.errors import ConfigurationError, DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur.data.reference import read_reference
from testamur.data.split import assign_parts
from testamur.data.table import build_table


@pytest.fixture
def table(tmp_path):
    rows = [
        f"{i},{'fm'[i % 2]},{20 + i % 50},{f'note {i % 5}' if i % 7 else ''},{i % 11},{'ny'[i % 3 > 0]}"
        for i in range(200)
    ]
    (tmp_path / "mine.csv").write_text("key,sex,age,note,visits,left\n" + "\n".join(rows) + "\n")
    request = DatasetRequest(
        path="mine.csv", target="left", positive="y", protected=("sex", "age"), ignore=("key", "note")
    )
    source = load_source(request, None, base=tmp_path)
    return build_table(source, assign_parts(source, seed=0), bands={"age": [40]})


def test_columns_that_no_model_sees_are_there_too(table):
    assert table.cells.names == ("key", "sex", "age", "note", "visits", "left")
    assert table.cells.n_rows == 200
    note = table.cells.column("note")
    assert note.kind == "text"
    assert sorted(note.values) == [f"note {i}" for i in range(5)]
    assert (note.code < 0).sum() == 29  # of 200 rows, every seventh is empty
    assert table.cells.column("key").kind == "text" or len(table.cells.column("key").values) == 200


def test_positions_lead_from_a_part_to_the_source(table):
    age = table.cells.column("age")
    rows = table.cells.positions["test"]
    assert len(rows) == table.test.n_rows
    assert np.array_equal((age.values[age.code[rows]] >= 40).astype(int), table.test.groups[:, 1])
    every = np.sort(np.concatenate(list(table.cells.positions.values())))
    assert np.array_equal(every, np.arange(200))


def test_a_reference_is_counted_in_the_groups_of_the_table(table, tmp_path):
    (tmp_path / "people.csv").write_text("sex,age,town\nf,30,a\nf,50,a\nm,39,b\nx,40,b\n,41,b\n")
    found = read_reference("people.csv", table, base=tmp_path)
    assert found.n_rows == 5
    assert dict(zip(table.attributes[0].levels, found.counts["sex"], strict=True)) == {"f": 2, "m": 1}
    assert found.unknown["sex"] == 2
    assert found.counts["age"] == (2, 3)


@pytest.mark.parametrize("text", ["town\na\n", "sex,age\n"])
def test_a_reference_without_the_attributes_is_refused(table, tmp_path, text):
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        read_reference("people.csv", table, base=tmp_path)
    assert str(caught.value)


def test_unknown_questions_of_a_datasheet_are_told(tmp_path):
    (tmp_path / "mine.csv").write_text("a,y\n1,0\n2,1\n")
    (tmp_path / "mine.toml").write_text('target = "y"\n[datasheet]\nfundng = "x"\nconsent = "yes"\n')
    with pytest.raises(ConfigurationError) as caught:
        load_source(DatasetRequest(path="mine.csv"), None, base=tmp_path)
    assert "fundng" in str(caught.value)
    assert "funding" in str(caught.value)
