"""Ids that name a row: each may come once."""

from __future__ import annotations

from testamur.contracts.dataset import Role
from testamur.contracts.errors import Problem
from testamur.data.examine import Examination
from testamur.data.wording import column, counted, rows


def find_repeated_ids(found: Examination) -> list[Problem]:
    """A fault for an identifier column in which values come again.

    Args:
        found: An examined source.
    """
    name = next((c.name for c in found.columns if c.role is Role.IDENTIFIER), None)
    if name is None:
        return []
    ids = found.frame.get_column(name)
    again = (ids.is_not_null() & ~ids.is_first_distinct()).fill_null(False)
    n_again = int(again.sum())
    if n_again == 0:
        return []
    places = found.row[again.to_numpy().astype(bool)]
    message = f"one row per id is required, however: {counted(n_again, 'row')} with an id seen before"
    remedy = "if several rows are about one person, name the column as entity instead of identifier"
    return [Problem(column(name), f"{message} ({rows(places)})", remedy)]
