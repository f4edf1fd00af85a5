"""Opens the store: the home folder, the database at the right schema, and transactions on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from testamur.settings import Settings, make_home
from testamur.store.engine import WRITE, keep_file_private, make_engine
from testamur.store.faults import explained
from testamur.store.schema import ensure_schema


class Store:
    """A database at the right schema.

    Not to be shared across a fork: a child process opens its own.

    Attributes:
        home: Folder of everything that is not in the database.
    """

    def __init__(self, engine: Engine, home: Path) -> None:
        self.home = home
        self._reader = engine
        self._writer = engine.execution_options(**{WRITE: True})
        self._file: tuple[int, int] | None = None

    def migrate(self) -> None:
        """Bring the database to the schema of this version."""
        with explained():
            ensure_schema(self._reader, self._writer)
        self._file = self._find_file()

    def reopen(self) -> None:
        """Make sure of a store that has been open for long: its file is the same one, its schema ours.

        A file that was put into the place of another, such as a backup, is opened instead of it.

        Raises:
            StoreError: The database does not answer, or was written by a newer version.
        """
        if self._find_file() != self._file:
            self._reader.dispose()
        self.migrate()

    def _find_file(self) -> tuple[int, int] | None:
        """Device and number of SQLite's file; None where there is none."""
        if self.dialect != "sqlite" or not self._reader.url.database:
            return None
        try:
            found = os.stat(self._reader.url.database)  # noqa: PTH116 - each message asks
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._reader.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads.

        Raises:
            StoreError: The database refused.
        """
        with explained(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end of the block, or rolled back.

        Raises:
            StoreError: The database refused; nothing was changed.
        """
        with explained(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.connection()  # begin at once: who writes waits for its turn here, not in mid-thought
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A transaction that only reads, by statements on the tables.

        Raises:
            StoreError: The database refused.
        """
        with explained(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A transaction that writes, by statements on the tables: committed at the end, or rolled back.

        Raises:
            StoreError: The database refused; nothing was changed.
        """
        with explained(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(settings: Settings) -> Store:
    """Open the store of `settings.home`, making or migrating it where needed.

    Raises:
        ConfigurationError: The database URL cannot be used.
        StoreError: The home cannot be made, the database does not answer, or it is of a newer version.
    """
    make_home(settings.home)
    engine = make_engine(settings.database_url)
    keep_file_private(engine)
    store = Store(engine, settings.home)
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store
