"""Brings a database to the schema of this version, and refuses one that is newer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from testamur.contracts.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0004"  # revision of the newest migration; a test compares it with the folder
_ADVISORY_LOCK = 0x7E57A  # any number of our own; PostgreSQL locks by number


def ensure_schema(reader: Engine, writer: Engine) -> None:
    """Migrate to `HEAD`; at once where it is there already (Alembic is not imported then).

    Raises:
        StoreError: The database was written by a newer version.
    """
    if _quick_version(reader) == HEAD:
        return
    if writer.dialect.name == "sqlite":
        _use_wal(writer)
    with changing(writer) as connection:  # SQLite: BEGIN IMMEDIATE, one migrator at a time
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        if _version(connection) != HEAD:
            _migrate(connection)


@contextmanager
def changing(writer: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be changed.

    SQLite changes a column by copying its table. Dropping the old one would delete, row by row, what
    refers to it (the attempts of every job), unless foreign keys are left alone; within a transaction it is
    too late to say so.
    """
    with writer.connect() as connection:
        _mind_foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            _mind_foreign_keys(connection, "ON")


def _mind_foreign_keys(connection: Connection, state: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={state}").close()


def _quick_version(reader: Engine) -> str:
    """Revision found, or empty where there is no table yet."""
    with reader.connect() as connection:
        try:
            return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")
        except (OperationalError, ProgrammingError) as error:
            connection.rollback()
            if "alembic_version" in str(error.orig):  # no such table / relation does not exist
                return ""
            raise


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _use_wal(writer: Engine) -> None:
    """Switch to the write-ahead log, which stays so for the file: readers and a writer do not wait."""
    raw = writer.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL").close()
    finally:
        raw.close()


def script_config(scripts: Path | None = None, *, stdout: TextIO = sys.stdout) -> Config:
    """Alembic's configuration for our migrations.

    Args:
        scripts: Folder of the migrations; the package's own when None.
        stdout: Where Alembic reports to.
    """
    from alembic.config import Config

    config = Config(stdout=stdout)
    folder = scripts or Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = script_config()
    found = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise StoreError(
            f"the database has schema {found[:32]!r}, this version knows none newer than {HEAD!r}",
            remedy="install the version of Testamur that wrote it, or use another TESTAMUR_HOME",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
