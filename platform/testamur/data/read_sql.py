"""Reads the result of an SQL query. Passwords never reach a message, a note or a log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import DataError as BadValue

from testamur.contracts.errors import DataError, Problem
from testamur.contracts.secrets import STARS, is_secret, mask_secrets
from testamur.data.names import settle_names
from testamur.data.wording import shown

FROM_ENVIRONMENT = "env:"


def read_query(
    query: str, url: str, *, base: Path, environ: Mapping[str, str] | None
) -> tuple[pl.DataFrame, list[str]]:
    """Read what a query returns; nothing is written to the database.

    Args:
        query: One statement that returns rows.
        url: SQLAlchemy URL, or ``env:NAME`` for the variable that holds it.
        base: Folder against which the path of an SQLite file is read.
        environ: The variables that ``env:`` may name.

    Returns:
        The frame and notes.

    Raises:
        DataError: The URL, the driver, the connection or the query fails, or there are no rows.
    """
    address = _existing(_address(url, environ), base)
    frame = _rows(query, address)
    if frame.height == 0:
        raise _refusal("dataset.query", "rows are required, however: the query returns none")
    frame.columns, notes = settle_names(frame.columns)
    return frame, notes


def _address(url: str, environ: Mapping[str, str] | None) -> URL:
    if url.startswith(FROM_ENVIRONMENT):
        name = url.removeprefix(FROM_ENVIRONMENT)
        value = (environ or {}).get(name, "")
        if not value:
            raise _refusal(
                "dataset.url",
                f"the variable {shown(name)} is required, however: it is not set",
                f"export {shown(name)}=...",
            )
        url = value
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        message = "postgresql+psycopg://user@host/name or the like is required, however: it has another form"
    else:
        if "@" not in (address.host or ""):
            return address
        # What follows the first @ would be taken for the host, and named in the error of the connection.
        message = "one @ before the host is required, however: several (in a password, @ is written %40)"
    raise _refusal("dataset.url", message)


def _existing(address: URL, base: Path) -> URL:
    """Resolve the file of an SQLite URL; connecting to an absent one would create it."""
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        return address
    path = base / address.database
    if not path.is_file():
        raise _refusal("dataset.url", f"an SQLite file is required, however: there is no {shown(path.name)}")
    return address.set(database=str(path))


def _rows(query: str, address: URL) -> pl.DataFrame:
    try:
        engine = create_engine(address)
    except (NoSuchModuleError, ImportError) as error:
        missing = error.name if isinstance(error, ImportError) else address.drivername
        message, remedy = (
            f"the driver {missing} is not installed",
            "testamur[postgres] brings the one for PostgreSQL",
        )
    else:
        try:
            with engine.connect() as connection:
                return _fetch(query, connection)
        except SQLAlchemyError as error:
            message, remedy = _told(error, address), ""
        finally:
            engine.dispose()
    # Raised outside the handlers: a chained cause would carry the URL with its password.
    raise _refusal("dataset.query", message, remedy)


def _fetch(query: str, connection: Connection) -> pl.DataFrame:
    backend = connection.engine.dialect.name
    if backend == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    if backend == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    result = connection.execute(text(query))
    if not result.returns_rows:
        raise _refusal("dataset.query", "a query that returns rows is required, however: it returns none")
    names = list(result.keys())
    columns = list(zip(*result.fetchall(), strict=True))
    connection.rollback()
    series = [pl.Series(f"c{i}", values, strict=False) for i, values in enumerate(columns)]
    frame = pl.DataFrame(series)
    if series:
        settled, _ = settle_names(names)
        frame.columns = settled
    return frame


def _told(error: SQLAlchemyError, address: URL) -> str:
    """What the database said, in one line, without password; nothing of it where values may be quoted."""
    cause = getattr(error, "orig", None)
    kind = type(cause or error).__name__
    if cause is None or isinstance(error, BadValue):
        return f"the query fails: {kind}"
    undecoded = re.match(r"Could not decode to UTF-8 column '(.*?)' with text", str(cause))
    if undecoded:  # SQLite goes on to quote the cell
        return f"text in UTF-8 is required, however: column {shown(undecoded[1])!r} holds other bytes"
    line = (str(cause).splitlines() or [""])[0]
    for secret in _secrets(address):
        line = line.replace(secret, STARS)
    return f"the query fails: {kind}: {shown(mask_secrets(line))}"


def _secrets(address: URL) -> list[str]:
    """The password, and the values of keys of the URL that hold one."""
    found = [str(address.password or "")]
    for key, value in address.query.items():
        if is_secret(key):
            found += [value] if isinstance(value, str) else value
    return sorted(filter(None, found), key=len, reverse=True)


def _refusal(where: str, message: str, remedy: str = "") -> DataError:
    return DataError("The data cannot be read", [Problem(where, message, remedy)])
