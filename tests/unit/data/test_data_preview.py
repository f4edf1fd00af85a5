"""The preview shows what was understood and every fault, and keeps text cells to itself."""

import json
import subprocess
import sys

import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.preview import preview_source

ROWS = "id,sex,age,name,y\n" + "".join(
    f"{i},{'mf'[i % 2]},{20 + i % 50},Secret Person {i},{['no', 'yes'][i % 3 == 0]}\n" for i in range(300)
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "t.csv").write_text(ROWS)
    return tmp_path


def test_a_usable_source(folder):
    preview = preview_source(DatasetRequest(path="t.csv", target="y", protected=("sex",)), None, base=folder)
    assert preview.usable
    assert preview.problem_kind == "binary"
    assert (preview.positive, preview.n_classes, preview.n_rows) == ("yes", 2, 300)
    columns = {c.name: c for c in preview.columns}
    assert [columns[name].role for name in ("id", "sex", "age", "name", "y")] == [
        "identifier", "protected", "feature", "ignored", "target",
    ]  # fmt: skip
    assert (columns["age"].minimum, columns["age"].median, columns["age"].maximum) == (20, 44.5, 69)
    assert columns["id"].minimum is None
    assert columns["name"].n_distinct == 300
    assert "Secret" not in preview.model_dump_json()


def test_a_faulty_source_is_shown_with_all_faults(folder):
    text = ROWS.replace("\n7,f,27", "\n7,f,inf").replace("\n9,f,29", "\n9,f,old")
    (folder / "t.csv").write_text(text)
    preview = preview_source(
        DatasetRequest(path="t.csv", target="yy", protected=("sexx",)), None, base=folder
    )
    assert not preview.usable
    assert {p.where for p in preview.problems} == {"dataset.target", "dataset.protected", "column 'age'"}
    assert sum(p.where == "column 'age'" for p in preview.problems) == 2
    assert json.loads(preview.model_dump_json())["target"] is None


def test_what_cannot_be_read_has_no_preview(folder):
    with pytest.raises(DataError):
        preview_source(DatasetRequest(path="absent.csv", target="y"), None, base=folder)


def test_the_room_starts_light():
    code = (
        "import sys\n"
        "from testamur.data import frames, load, preview, split, table\n"
        "print(sorted({'pandas', 'sklearn', 'scipy', 'torch', 'sqlalchemy', 'pyarrow'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_the_catalogue_needs_no_numbers():
    code = "import sys, testamur.data.catalogue; print(sorted({'polars', 'numpy'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
