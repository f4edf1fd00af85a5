"""SQL queries: rows come out, nothing is written, passwords stay unsaid."""

import sqlite3
import traceback

import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "d.sqlite")
    connection.execute("CREATE TABLE people (nr INTEGER, sex TEXT, dose REAL, y TEXT)")
    rows = [(i, "mf"[i % 2], None if i % 7 == 0 else i / 4, "yes" if i % 3 == 0 else "no") for i in range(80)]
    connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return tmp_path


def load(folder, query, url="sqlite:///d.sqlite", environ=None):
    request = DatasetRequest(query=query, url=url, target="y", protected=("sex",))
    return load_source(request, None, base=folder, environ=environ)


def fault(folder, query, url="sqlite:///d.sqlite", environ=None):
    with pytest.raises(DataError) as caught:
        load(folder, query, url, environ)
    return "".join(traceback.format_exception(caught.value))


def test_rows_of_a_query(database):
    source = load(database, "SELECT * FROM people WHERE nr >= 20 ORDER BY nr")
    assert source.frame.height == 60
    assert source.frame.get_column("dose").null_count() == len([i for i in range(20, 80) if i % 7 == 0])
    assert source.sha256 == load(database, "SELECT * FROM people WHERE nr >= 20 ORDER BY nr").sha256
    assert source.sha256 != load(database, "SELECT * FROM people WHERE nr >= 19 ORDER BY nr").sha256


def test_the_url_may_lie_in_the_environment(database):
    query = "SELECT * FROM people"
    assert load(database, query, "env:ROWS_URL", {"ROWS_URL": "sqlite:///d.sqlite"}).frame.height == 80
    assert "ROWS_URL is required, however: it is not set" in fault(database, query, "env:ROWS_URL", {})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM peopel", "no such table: peopel"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM people WHERE nr < 0", "returns none"),
        ("DELETE FROM people", "readonly"),
        ("SELECT nr AS a, dose AS a, y FROM people", "2 columns have it"),
    ],
)
def test_each_failing_query_has_its_reason(database, query, said):
    assert said in fault(database, query)
    assert load(database, "SELECT * FROM people").frame.height == 80


def test_a_password_that_would_pass_for_a_host_is_told(database):
    assert "@ is written %40" in fault(database, "SELECT 1", "postgresql+psycopg://me:p@ss@127.0.0.1/none")


def test_an_absent_database_is_not_created(database):
    assert "there is no other.sqlite" in fault(database, "SELECT 1", "sqlite:///other.sqlite")
    assert not (database / "other.sqlite").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:s3cret-word@127.0.0.1:9/none?connect_timeout=1",
        "nosuchdriver://me:s3cret-word@host/none",
        "me:s3cret-word@host",
        "mysql+pymysql://me:s3cret-word@host/none",
        "postgresql+psycopg://me:p@s3cret-word@127.0.0.1:9/none?connect_timeout=1",
        "postgresql+psycopg://me:a/s3cret-word@127.0.0.1:9/none?connect_timeout=1",
        "postgresql+psycopg://127.0.0.1:9/none?user=me&password=s3cret-word&connect_timeout=1",
        "postgresql+psycopg://127.0.0.1:9/none?user=me&sslpassword=s3cret-word&connect_timeout=1",
    ],
)
def test_passwords_stay_unsaid(database, url):
    assert "s3cret-word" not in fault(database, "SELECT 1", url)
    assert "s3cret-word" not in fault(database, "SELECT 1", "env:HIDDEN", {"HIDDEN": url})
