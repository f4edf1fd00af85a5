"""Checks that an audit owes and that are not built yet: the ledger names them."""

from __future__ import annotations

from collections.abc import Collection

from testamur.contracts.finding import CheckStatus, CoverageEntry, Section

NOT_BUILT = "not built yet"

_PLANNED: tuple[tuple[str, Section, str], ...] = ()
"""Key, section and question; empty while everything that was planned is built."""


def unbuilt(known: Collection[str]) -> tuple[CoverageEntry, ...]:
    """Ledger entries of the planned checks that are not among `known`.

    Args:
        known: Keys of the checks that were run or accounted for; a plugin may build one first.
    """
    return tuple(
        CoverageEntry(
            check=key, section=section, question=question, status=CheckStatus.NOT_RUN, reason=NOT_BUILT
        )
        for key, section, question in _PLANNED
        if key not in known
    )
