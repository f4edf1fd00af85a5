"""Turns a driver's error into one that says what to do next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from testamur.contracts.errors import StoreError

_LOCKED = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")
_FULL = ("disk is full", "no space left", "could not extend file", "disk i/o error")
_AWAY = (
    "connection to server",
    "connection refused",
    "connection failed",
    "connection timeout",
    "could not connect",
    "could not translate host",
    "server closed",
)
_SHUT = ("readonly database", "unable to open database file", "permission denied")
_BROKEN = ("file is not a database", "malformed")


@contextmanager
def explained() -> Iterator[None]:
    """Raise `StoreError` from whatever the database raises inside the block.

    Raises:
        StoreError: Locked, full, away, not writable, damaged; or the driver's first line.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise explain(error) from error


def explain(error: SQLAlchemyError | sqlite3.Error) -> StoreError:
    """Name the cause and the remedy; statements and parameters are left out."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    low = text.lower()
    if any(sign in low for sign in _LOCKED):
        return StoreError(
            "the database is locked: another process has been writing to it for more than 5 s",
            remedy="wait and try again; find the writer with: testamur status",
        )
    if any(sign in low for sign in _FULL):
        return StoreError(
            f"the database cannot be written: {first}",
            remedy="free some space on the disk that holds the database, then try again; nothing was changed",
        )
    if any(sign in low for sign in _AWAY):
        return StoreError(
            f"the database does not answer: {first}",
            remedy="start the server, or correct TESTAMUR_DATABASE_URL",
        )
    if any(sign in low for sign in _SHUT):
        return StoreError(
            f"the database cannot be opened for writing: {first}",
            remedy="check who owns the folder of the database and whether its disk is writable",
        )
    if any(sign in low for sign in _BROKEN):
        return StoreError(
            f"the database file is damaged: {first}", remedy="restore it from a backup, or move it away"
        )
    return StoreError(f"the database refused: {first}", remedy="see what is wrong with: testamur doctor")
