"""Named leases: one process at a time does a thing for the whole installation, such as reaping."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from testamur.store.clock import Clock, read_clock
from testamur.store.session import Store
from testamur.store.tables import LeaseRow

_TOO_FAR = 10  # lengths of a lease


def hold_lease(store: Store, name: str, *, owner: str, lease_s: float, clock: Clock = read_clock) -> bool:
    """Take a lease, or extend one's own.

    Args:
        store: Where leases are kept.
        name: What the lease is for.
        owner: Who asks, unique to the process.
        lease_s: Seconds after which another may take it. One that ends much later than that was written
            by a clock that has been put back since, and is over too.
        clock: Returns the present moment with its zone.

    Returns:
        True when `owner` holds the lease now.

    Raises:
        StoreError: The database refused.
    """
    now = clock()
    until = now + timedelta(seconds=lease_s)
    over = or_(col(LeaseRow.until) < now, col(LeaseRow.until) > now + timedelta(seconds=_TOO_FAR * lease_s))
    take = (
        update(LeaseRow)
        .where(col(LeaseRow.name) == name, or_(col(LeaseRow.owner) == owner, over))
        .values(owner=owner, until=until)
    )
    with store.write() as session:
        if session.connection().execute(take).rowcount == 1:
            return True
        if session.get(LeaseRow, name) is not None:
            return False
        try:
            with session.begin_nested():
                session.add(LeaseRow(name=name, owner=owner, until=until))
        except IntegrityError:  # PostgreSQL: another process inserted it a moment ago
            return False
        return True


def drop_lease(store: Store, name: str, *, owner: str) -> None:
    """Give a lease back, so that the next one need not wait; nothing happens where `owner` has it not.

    Raises:
        StoreError: The database refused.
    """
    with store.write() as session:
        session.execute(delete(LeaseRow).where(col(LeaseRow.name) == name, col(LeaseRow.owner) == owner))
