"""Lets decisions about turns and quotas wait for each other."""

from __future__ import annotations

from sqlalchemy import Connection, text

_ONE_AT_A_TIME = 0x7E57B  # any number of our own; PostgreSQL locks by number


def take_turns(connection: Connection) -> None:
    """Let claims wait for each other until the transaction ends: two at once could pass one quota.

    SQLite lets one writer in at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
