"""Registered datasets: the plugin's file or loader, held against its declaration; the job may override."""

import hashlib
import sys

import polars as pl
import pytest

from testamur.contracts.dataset import ColumnKind, ColumnSpec, DatasetSpec, Problem, ProblemKind, Role, Source
from testamur.contracts.errors import DataError, IntegrityError, PluginError
from testamur.contracts.job import DatasetRequest
from testamur.data.catalogue import facts
from testamur.data.load import load_source

ROWS = "nr,sex,age,late,y\n" + "".join(
    f"{i},{i % 2},{20 + i % 50},{i % 5},{int(i % 3 == 0)}\n" for i in range(90)
)
LOADERS = """
import polars
def path(): return __file__.replace("loaders.py", "rows.csv")
def frame(): return polars.read_csv(path())
def wrong(): return 5
def read(path, options): return frame().head(60), [f"{path.suffix} read in {options.zone}"]
"""
COLUMNS = (
    ColumnSpec(name="nr", role=Role.IDENTIFIER),
    ColumnSpec(
        name="sex", role=Role.PROTECTED, kind=ColumnKind.CATEGORICAL, values={"0": "men", "1": "women"}
    ),
    ColumnSpec(name="age"),
    ColumnSpec(name="late"),
    ColumnSpec(name="y", role=Role.TARGET),
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "declared_rows_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "rows.csv").write_text(ROWS)
    (folder / "loaders.py").write_text(LOADERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("declared_rows_package")]:
        del sys.modules[name]


def spec(**given) -> DatasetSpec:
    if "loader" not in given:
        given = {"resource": "declared_rows_package:rows.csv", **given}
    return DatasetSpec(
        **{
            "key": "mine.rows",
            "title": "Rows",
            "problem": Problem(kind=ProblemKind.BINARY, target="y", positive="1", event="it happened"),
            "columns": COLUMNS,
            "source": Source(title="Rows"),
            **given,
        }
    )


def load(declared, **asked):
    return load_source(DatasetRequest(use="mine.rows", **asked), declared, base=".")


@pytest.mark.parametrize(
    "origin",
    [{}, {"loader": "declared_rows_package.loaders:path"}, {"loader": "declared_rows_package.loaders:frame"}],
)
def test_resources_and_loaders_are_read(package, origin):
    source = load(spec(**origin))
    assert source.frame.height == 90
    assert source.spec.problem.event == "it happened"
    assert source.frame.get_column("sex").dtype == pl.String
    assert [c.kind for c in source.spec.columns] != [None] * 5


def test_the_digest_is_held_against_the_declaration(package):
    digest = hashlib.sha256((package / "rows.csv").read_bytes()).hexdigest()
    assert load(spec(source=Source(title="Rows", sha256=digest))).sha256 == digest
    with pytest.raises(IntegrityError, match="SHA-256"):
        load(spec(source=Source(title="Rows", sha256="0" * 64)))


@pytest.mark.parametrize(
    "resource", ["declared_rows_package:../secret", "declared_rows_package:/etc/passwd", "nowhere"]
)
def test_a_resource_stays_in_its_package(package, resource):
    with pytest.raises(DataError, match="inside the package"):
        load(spec(resource=resource))


def test_absent_packages_and_wrong_loaders_are_told(package):
    with pytest.raises(DataError, match="not installed"):
        load(spec(resource="no_such_package_here:rows.csv"))
    with pytest.raises(DataError, match="Arrow stream interface"):
        load(spec(loader="declared_rows_package.loaders:wrong"))
    with pytest.raises(PluginError, match="has no"):
        load(spec(loader="declared_rows_package.loaders:absent"))


def test_a_column_that_loses_its_role_does_not_slip_into_the_features(package):
    with pytest.raises(DataError, match="no usable column is left"):
        load(spec(), target="late", protected=("age",), problem=ProblemKind.MULTICLASS)


def test_an_override_that_leaves_features_works(package):
    roles = {c.name: c.role.value for c in load(spec(), protected=("age",)).spec.columns}
    assert roles == {
        "nr": "identifier",
        "sex": "ignored",
        "age": "protected",
        "late": "feature",
        "y": "target",
    }


def test_declared_columns_must_be_there_and_leaks_must_not_be_features(package):
    declared = spec(columns=(*COLUMNS, ColumnSpec(name="gone")), leaks={"late": "measured afterwards"})
    with pytest.raises(DataError) as caught:
        load(declared)
    assert "column 'gone'" in str(caught.value)
    assert "measured afterwards" in str(caught.value)


def test_a_use_without_its_declaration_is_refused():
    with pytest.raises(DataError, match="the declaration of a registered dataset"):
        load(None)


def test_facts_are_told_without_reading_a_row():
    told = facts(spec(resource="not_installed_at_all:rows.csv"))
    assert told["roles"]["protected"] == ["sex"]
    assert told["problem"]["positive"] == "1"
    assert told["n_columns"] == 5


def test_a_plugins_own_reader_reads_the_declared_file_and_ones_own(package, tmp_path):
    declared = spec(reader="declared_rows_package.loaders:read")
    assert load(declared, zone="Europe/Berlin").frame.height == 60
    (tmp_path / "own.strange").write_bytes(b"PK\x03\x04 no table at all")
    asked = DatasetRequest(use=declared.key, path="own.strange", zone="Asia/Tokyo")
    own = load_source(asked, declared, base=tmp_path)
    assert own.frame.height == 60
    assert ".strange read in Asia/Tokyo" in own.notes


def test_a_folder_of_ones_own_is_given_to_a_plugins_own_reader_and_to_no_other(package, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "one.csv").write_text("a\n1\n")
    declared = spec(reader="declared_rows_package.loaders:read")
    first = load_source(DatasetRequest(use=declared.key, path="many"), declared, base=tmp_path)
    assert first.frame.height == 60
    (folder / "two.csv").write_text("a\n2\n")
    again = load_source(DatasetRequest(use=declared.key, path="many"), declared, base=tmp_path)
    assert first.sha256 != again.sha256
    with pytest.raises(DataError, match="it is a folder"):
        load_source(DatasetRequest(use=declared.key, path="many"), spec(), base=tmp_path)
