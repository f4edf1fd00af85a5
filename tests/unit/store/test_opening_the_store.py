"""Opening: the home, the schema, and what is said when it cannot be."""

from __future__ import annotations

import dataclasses
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from testamur.contracts.errors import ConfigurationError, StoreError
from testamur.contracts.job import JobSpec
from testamur.settings import Settings
from testamur.store import engine as engine_module
from testamur.store.repository import JobRepository
from testamur.store.schema import HEAD
from testamur.store.session import open_store


def test_home_is_closed_to_others(settings):
    with open_store(settings):
        assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_sqlite_is_set_up_for_several_processes(sqlite_store):
    with sqlite_store.read() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "busy_timeout": 5000, "synchronous": 1, "foreign_keys": 1}


def test_opening_again_changes_nothing(any_settings):
    for _ in range(2):
        with open_store(any_settings) as store, store.read() as session:
            assert session.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def test_a_store_that_stays_open_sees_a_backup_that_took_its_place(settings, tmp_path):
    backup = Settings.from_environment({"TESTAMUR_HOME": str(tmp_path / "backup")})
    with open_store(backup) as store:
        kept = JobRepository(store).add(JobSpec.parse({"dataset": {"use": "health.nhefs"}}))
    with open_store(settings) as store:
        assert JobRepository(store).list() == []
        store.reopen()
        for end in ("-wal", "-shm"):
            (settings.home / f"testamur.db{end}").unlink(missing_ok=True)
        (backup.home / "testamur.db").replace(settings.home / "testamur.db")
        store.reopen()
        assert [job.id for job in JobRepository(store).list()] == [kept.id]


def test_a_store_that_stays_open_refuses_a_schema_that_has_become_newer(any_settings):
    with open_store(any_settings) as store:
        with store.change() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StoreError, match="9999"):
            store.reopen()


def test_opening_at_head_leaves_alembic_alone(settings):
    with open_store(settings):
        pass
    code = (
        "import sys; from testamur.settings import Settings; from testamur.store.session import open_store\n"
        "open_store(Settings.from_environment()).close()\n"
        "print([m for m in ('alembic', 'torch', 'mako') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_many_may_open_an_empty_database_at_once(any_settings):
    faults = []

    def open_it():
        try:
            open_store(any_settings).close()
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            faults.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_newer_schema_is_refused(any_settings):
    with open_store(any_settings) as store, store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"'9999'.*none newer than") as caught:
        open_store(any_settings)
    assert "install the version" in caught.value.remedy


def test_home_that_cannot_be_made(settings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(dataclasses.replace(settings, home=tmp_path / "file" / "home"))


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "sqlite:///:memory:", "nonsense", ""])
def test_other_databases_are_refused(settings, url):
    with pytest.raises(ConfigurationError, match="TESTAMUR_DATABASE_URL"):
        open_store(dataclasses.replace(settings, database_url=url))


def test_a_password_that_would_pass_for_a_host_is_refused_untold(settings):
    url = "postgresql://u:p@hunter2@127.0.0.1:1/x"
    with pytest.raises(ConfigurationError, match="%40") as caught:
        open_store(dataclasses.replace(settings, database_url=url))
    assert "hunter2" not in str(caught.value)


def test_a_password_is_not_told(settings):
    url = "postgresql://u:hunter2@/x?host=/nowhere"
    with pytest.raises(StoreError, match="does not answer") as caught:
        open_store(dataclasses.replace(settings, database_url=url))
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database(settings):
    settings.home.mkdir()
    (settings.home / "testamur.db").write_bytes(b"not a database at all, just text" * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_store(settings)


def test_locked_database_is_explained(settings, monkeypatch):
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    with open_store(settings) as store:
        other = sqlite3.connect(settings.home / "testamur.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE").close()
            with pytest.raises(StoreError, match="locked") as caught, store.write():
                pass
            assert "try again" in caught.value.remedy
            with store.read() as session:  # readers do not wait for a writer
                assert session.execute(text("SELECT count(*) FROM job")).scalar() == 0
        finally:
            other.close()


def test_full_disk_is_explained_and_nothing_is_half_written(sqlite_store):
    with sqlite_store.read() as session:
        n_pages = session.execute(text("PRAGMA page_count")).scalar()
    with sqlite_store.read() as session:
        session.execute(text(f"PRAGMA max_page_count={n_pages}"))
    insert = text("INSERT INTO lease VALUES (:name, :owner, '2026-01-01 00:00:00.000000')")

    def fill():
        with sqlite_store.write() as session:
            for i in range(50):
                session.execute(insert, {"name": f"n{i}", "owner": "x" * 4000})

    with pytest.raises(StoreError, match=r"cannot be written.*full") as caught:
        fill()
    assert "nothing was changed" in caught.value.remedy
    with sqlite_store.read() as session:
        assert session.execute(text("SELECT count(*) FROM lease")).scalar() == 0


def test_an_empty_database_that_another_holds(settings, monkeypatch):
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    settings.home.mkdir()
    other = sqlite3.connect(settings.home / "testamur.db", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE").close()
        with pytest.raises(StoreError, match="locked"):
            open_store(settings)
    finally:
        other.close()
    open_store(settings).close()
