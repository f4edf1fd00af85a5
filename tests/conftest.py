"""Fixtures shared by all tests: homes, settings, and a store on either database."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from .postgres_server import PostgresServer, running_server

# A busy machine draws slowly; that says nothing about the code.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of an empty PostgreSQL database at the schema of this version, of which others are copies."""
    from testamur.settings import Settings
    from testamur.store.session import open_store

    url = postgres_server.new_database()
    home = tmp_path_factory.mktemp("migrated-postgres")
    with open_store(Settings.from_environment({"TESTAMUR_HOME": str(home), "TESTAMUR_DATABASE_URL": url})):
        return url


@pytest.fixture
def postgres_url(request, postgres_server):
    """SQLAlchemy URL of a database of one's own; never skipped: without a server it is an error.

    It holds nothing; where a test asks for a store, the tables of this version, made once for all tests.
    """
    of_a_store = {"any_store", "postgres_store"} & set(request.fixturenames)
    url = postgres_server.new_database(
        like=request.getfixturevalue("migrated_database") if of_a_store else ""
    )
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of one's own, which does not exist yet; also in the environment."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TESTAMUR_HOME", str(folder))
    for name in (
        "TESTAMUR_DATABASE_URL",
        "TESTAMUR_BROKER_URL",
        "TESTAMUR_DEVICE",
        "TESTAMUR_LEASE_S",
        "TESTAMUR_CONFINE",
    ):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def settings(home):
    from testamur.settings import Settings

    return Settings.from_environment({"TESTAMUR_HOME": str(home)})


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the schema of this version: making one takes a tenth of a second."""
    from testamur.settings import Settings
    from testamur.store.session import open_store

    home = tmp_path_factory.mktemp("migrated")
    with open_store(Settings.from_environment({"TESTAMUR_HOME": str(home)})):
        return home / "testamur.db"


@pytest.fixture
def sqlite_store(settings, migrated_file):
    from testamur.settings import make_home
    from testamur.store.session import open_store

    make_home(settings.home)
    shutil.copy(migrated_file, settings.home / "testamur.db")  # with its mode
    with open_store(settings) as store:
        yield store


@pytest.fixture
def postgres_settings(home, postgres_url):
    from testamur.settings import Settings

    return Settings.from_environment({"TESTAMUR_HOME": str(home), "TESTAMUR_DATABASE_URL": postgres_url})


@pytest.fixture
def postgres_store(postgres_settings):
    from testamur.store.session import open_store

    with open_store(postgres_settings) as store:
        yield store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_settings(request):
    """Settings with either database: a test that asks for them runs twice."""
    return request.getfixturevalue("settings" if request.param == "sqlite" else "postgres_settings")


@pytest.fixture
def any_store(request, any_settings):
    """A store on either database: a test that asks for it runs twice."""
    is_file = any_settings.database_url.startswith("sqlite")
    return request.getfixturevalue("sqlite_store" if is_file else "postgres_store")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path; what was imported from it is forgotten at the end."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
