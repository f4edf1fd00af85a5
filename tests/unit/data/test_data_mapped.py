"""Data of one's own in the form of a registered dataset: named, prepared, never taken for the declared."""

import hashlib
import sqlite3
import sys

import polars as pl
import pytest

from testamur.contracts.dataset import ColumnKind, ColumnSpec, DatasetSpec, Problem, ProblemKind, Role, Source
from testamur.contracts.errors import DataError, PluginError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur.data.preview import preview_source

N = 60
OWN = "Nr;Kunde;Umsatz;Kommentar;weg\n" + "".join(
    f"{i};k{i % 20};{i % 7},5;gut;{'ja' if i % 3 else 'nein'}\n" for i in range(N)
)
PREPARE = """
import polars as pl

def per_customer(frame):
    assert frame.schema["spent"] == pl.Float64, frame.schema
    assert frame.schema["customer"] == pl.String
    made = frame.group_by("customer", maintain_order=True).agg(
        pl.col("spent").sum(), pl.len().cast(pl.Float64).alias("visits"), pl.col("gone").first()
    )
    return made, [f"{frame.height} purchases of {made.height} customers"]

def breaks(frame):
    raise ValueError("cell k7 is not known")

def empties(frame):
    return frame.clear()

def keeps(frame):
    kept = pl.col("spent").sum(), pl.col("gone").first(), pl.col("Kommentar").last()
    return frame.group_by("customer", maintain_order=True).agg(*kept)

def forgets(frame):
    return frame.drop("gone")
"""
PLAIN = (
    ColumnSpec(name="customer", role=Role.IDENTIFIER),
    ColumnSpec(name="spent", kind=ColumnKind.NUMERIC, label="money spent"),
    ColumnSpec(name="gone", role=Role.TARGET),
    ColumnSpec(name="remark", role=Role.IGNORED),
)
COLUMNS = {"customer": "Kunde", "spent": "Umsatz", "gone": "weg"}


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "preparing_plugin.py").write_text(PREPARE)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "mine.csv"
    path.write_text(OWN)
    yield path
    sys.modules.pop("preparing_plugin", None)


def spec(**given):
    return DatasetSpec(
        **{
            "key": "shop.customers",
            "title": "The shop's customers",
            "summary": "Customers of one shop in 1997.",
            "problem": Problem(kind=ProblemKind.BINARY, target="gone", positive="ja", event="left"),
            "columns": PLAIN,
            "source": Source(title="Shop", citation="Shop 1997", licence="CC BY 4.0", sha256="0" * 64),
            "resource": "nowhere:rows.csv",
            "caveats": ("One shop.",),
            "fit_for": "Learning.",
            "not_fit_for": "Refusing a customer.",
            "policy": "shop.default",
            **given,
        }
    )


def prepared(**given):
    columns = (
        ColumnSpec(name="customer", role=Role.IDENTIFIER),
        ColumnSpec(name="spent"),
        ColumnSpec(name="visits"),
        ColumnSpec(name="gone", role=Role.TARGET),
    )
    return spec(raw=PLAIN, columns=columns, **{"prepare": "preparing_plugin:per_customer", **given})


def load(declared, path, **asked):
    asked = {"columns": COLUMNS, **asked}
    return load_source(DatasetRequest(use=declared.key, path=str(path), **asked), declared, base=path.parent)


def test_own_columns_get_the_declared_names_and_the_rest_is_left_out(own):
    source = load(spec(), own)
    assert source.frame.columns == ["customer", "spent", "gone"]
    assert source.frame.get_column("spent").to_list()[:3] == [0.5, 1.5, 2.5]
    assert {c.name: c.role.value for c in source.spec.columns} == {
        "customer": "identifier", "spent": "feature", "gone": "target",
    }  # fmt: skip
    notes = "\n".join(source.notes)
    assert "one's own, read as shop.customers declares" in notes
    assert "customer is 'Kunde', spent is 'Umsatz', gone is 'weg'" in notes
    assert "2 columns of mine.csv not declared and left out: Nr, Kommentar" in notes


def test_what_is_said_of_the_declared_source_is_not_said_of_ones_own(own):
    source = load(spec(), own)
    told = source.spec
    assert told.source.sha256 == source.sha256 == hashlib.sha256(own.read_bytes()).hexdigest()
    assert (told.source.licence, told.source.citation, told.caveats, told.fit_for) == (
        "not stated",
        "",
        (),
        "",
    )
    assert told.title == "mine.csv, read as The shop's customers"
    assert "1997" not in told.summary
    assert (told.key, told.policy, told.not_fit_for) == (
        "shop.customers", "shop.default", "Refusing a customer.",
    )  # fmt: skip
    assert load(spec(), own, licence="ours", title="Our own").spec.source.licence == "ours"


def test_columns_that_have_their_declared_name_need_no_entry(own):
    own.write_text(OWN.replace("Kunde;Umsatz", "customer;spent"))
    assert load(spec(), own, columns={"gone": "weg"}).frame.columns == ["customer", "spent", "gone"]


def test_every_wrong_name_is_told_at_once_with_what_was_meant(own):
    with pytest.raises(DataError) as caught:
        load(spec(), own, columns={"customer": "Kunden", "spent": "umsatz"})
    problems = {p.where: p for p in caught.value.problems}
    assert set(problems) == {"dataset.columns.customer", "dataset.columns.spent", "column 'gone'"}
    assert "Kunde" in problems["dataset.columns.customer"].remedy
    assert 'columns = { gone = "..." }' in problems["column 'gone'"].remedy
    assert "mine.csv" in problems["column 'gone'"].message


def test_what_was_not_renamed_is_explained_by_its_label(own):
    with pytest.raises(DataError, match=r"column 'spent': .*\(money spent\)"):
        load(spec(), own, columns={"customer": "Kunde", "gone": "weg"})


def test_a_further_column_stays_where_the_job_gives_it_a_role(own):
    own.write_text(OWN.replace("gut", "gut", 1).replace(";gut;", ";a;", 30))
    source = load(spec(), own, protected=("Kommentar",))
    assert {c.name: c.role.value for c in source.spec.columns}["Kommentar"] == "protected"


def test_preparation_is_given_the_declared_names_and_kinds(own):
    source = load(prepared(), own)
    assert source.frame.height == 20
    assert source.frame.columns == ["customer", "spent", "visits", "gone"]
    assert source.frame.get_column("visits").to_list() == [3.0] * 20
    assert "60 purchases of 20 customers" in source.notes


def test_preparation_is_handed_a_further_column_that_the_job_gives_a_role(own):
    own.write_text(OWN.replace(";gut;", ";a;", 30))
    source = load(_kept(), own, protected=("Kommentar",))
    assert {c.name: c.role.value for c in source.spec.columns}["Kommentar"] == "protected"


def _kept():
    columns = (
        ColumnSpec(name="customer", role=Role.IDENTIFIER),
        ColumnSpec(name="spent"),
        ColumnSpec(name="gone", role=Role.TARGET),
    )
    return spec(raw=PLAIN, columns=columns, prepare="preparing_plugin:keeps")


def test_a_declared_file_is_prepared_as_well(own, tmp_path):
    package = tmp_path / "declared_shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    own_text = OWN.replace("Kunde;Umsatz", "customer;spent").replace("weg", "gone")
    (package / "rows.csv").write_text(own_text)
    declared = prepared(resource="declared_shop:rows.csv", source=Source(title="Shop", licence="CC BY 4.0"))
    source = load_source(DatasetRequest(use="shop.customers"), declared, base=tmp_path)
    assert source.frame.height == 20
    assert source.spec.source.licence == "CC BY 4.0"
    assert source.spec.caveats == ("One shop.",)
    sys.modules.pop("declared_shop", None)


def test_cells_that_do_not_fit_what_preparation_takes_are_counted_never_quoted(own):
    own.write_text(OWN.replace("3,5", "three", 1))
    with pytest.raises(DataError, match="column 'spent'") as caught:
        load(prepared(), own)
    assert "three" not in str(caught.value)


def test_a_preparation_that_fails_is_told_by_the_type_of_its_error(own):
    with pytest.raises(PluginError, match=r"preparing_plugin:breaks.*ValueError") as caught:
        load(prepared(prepare="preparing_plugin:breaks"), own)
    assert "k7" not in str(caught.value)
    with pytest.raises(DataError, match="none of 60 is left"):
        load(prepared(prepare="preparing_plugin:empties"), own)
    with pytest.raises(DataError, match="there is no 'gone'"):
        load(prepared(prepare="preparing_plugin:forgets"), own)


def test_the_preview_sees_what_the_job_would_see(own):
    request = DatasetRequest(use="shop.customers", path="mine.csv", columns=COLUMNS)
    seen = preview_source(request, prepared(), base=own.parent)
    assert seen.usable
    assert (seen.n_rows, seen.title) == (20, "mine.csv, read as The shop's customers")
    assert [c.name for c in seen.columns] == ["customer", "spent", "visits", "gone"]


def test_a_file_beside_ones_own_says_how_it_is_read_and_not_what_it_holds(own):
    own.with_suffix(".toml").write_text('target = "Umsatz"\nsubjects = "clients"\nprotected = ["Kunde"]\n')
    source = load(spec(), own)
    assert source.spec.problem.target == "gone"
    assert source.spec.subjects == "clients"


def test_rows_of_a_query_are_named_as_well(own):
    with sqlite3.connect(own.with_name("shop.db")) as connection:
        frame = pl.read_csv(own, separator=";", decimal_comma=True)
        connection.execute("CREATE TABLE rows (Kunde, Umsatz REAL, weg)")
        rows = frame.select("Kunde", "Umsatz", "weg").rows()
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
    request = DatasetRequest(
        use="shop.customers", query="SELECT * FROM rows", url="sqlite:///shop.db", columns=COLUMNS
    )
    source = load_source(request, prepared(), base=own.parent)
    assert source.frame.height == 20
    assert source.spec.title.startswith("SQL query, read as")
