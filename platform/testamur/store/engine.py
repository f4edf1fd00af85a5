"""Makes the SQLAlchemy engine of either database."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from testamur.contracts.errors import ConfigurationError, Problem, StoreError
from testamur.settings import keep_private

BUSY_TIMEOUT_MS = 5000
WRITE = "testamur_write"  # execution option: this transaction will write


def make_engine(database_url: str) -> Engine:
    """Make an engine for SQLite or PostgreSQL.

    SQLite transactions begin with ``BEGIN IMMEDIATE`` when they will write: a transaction that
    reads first and writes later would otherwise fail at once instead of waiting its turn.

    Raises:
        ConfigurationError: The URL is not one of these databases.
        StoreError: The driver of PostgreSQL is not installed.
    """
    url = _parse(database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 5,
                "options": f"-c lock_timeout={BUSY_TIMEOUT_MS} -c timezone=UTC",
            },
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the driver of PostgreSQL is required, however: {error.name} is not installed",
            remedy="pip install 'testamur[postgres]'",
        ) from error


def keep_file_private(engine: Engine) -> None:
    """Close the file of an SQLite database to all but its owner; its journals take its mode.

    Raises:
        StoreError: It cannot be made, or is another user's and open to others.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database.startswith("file:"):
        return
    try:
        keep_private(Path(engine.url.database))
    except OSError as error:
        raise StoreError(
            f"the database {engine.url.database} must be a file of one's own, however: {error.strerror}",
            remedy="set TESTAMUR_HOME to a folder that you may write to",
        ) from error


def _parse(database_url: str) -> URL:
    try:
        url = make_url(database_url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise _refuse("a text that is no URL") from error
    if "@" in (url.host or ""):
        raise _refuse("several @ before the host (in a password, @ is written %40)")
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or url.database in (None, "", ":memory:"):
        raise _refuse(url.drivername)
    return url


def _refuse(arrived: str) -> ConfigurationError:
    message = f"sqlite:///FILE or postgresql://USER@HOST/DATABASE is required, however: {arrived}"
    return ConfigurationError("The database cannot be used", [Problem("TESTAMUR_DATABASE_URL", message)])


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
