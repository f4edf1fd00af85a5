"""How far this machine's clock is from the database's."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from testamur.store.clock import Clock, read_clock
from testamur.store.session import Store


def clock_skew(store: Store, *, clock: Clock = read_clock) -> float:
    """Seconds by which this machine is ahead; half the time of the question is taken off.

    Raises:
        StoreError: The database refused.
    """
    with store.read() as session:
        session.execute(text("SELECT 1"))  # the connection is there before the time is taken
        before = clock()
        if store.dialect == "postgresql":
            theirs = session.scalar(text("SELECT clock_timestamp()"))
        else:
            theirs = datetime.fromisoformat(
                str(session.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")))
            ).replace(tzinfo=UTC)
        after = clock()
    assert isinstance(theirs, datetime)
    return (before + (after - before) / 2 - theirs).total_seconds()
