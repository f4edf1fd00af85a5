"""Column names: unique, of sane length, otherwise kept as they are, for they are data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from testamur.contracts.errors import DataError, Problem
from testamur.data.wording import column

LONGEST_NAME = 256


def settle_names(header: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give unnamed columns a name and refuse what cannot be told apart.

    Args:
        header: The names as they stand in the source.

    Returns:
        The names and the notes.

    Raises:
        DataError: Names that occur twice or are longer than 256 characters, all of them listed.
    """
    taken = set(header)
    names, notes = [], []
    for position, name in enumerate(header, start=1):
        if name.strip():
            names.append(name)
            continue
        fresh = next(n for n in _candidates(position) if n not in taken)
        taken.add(fresh)
        names.append(fresh)
        notes.append(f"column {position} has no name in the source; it is called '{fresh}'")
    problems = _name_problems(names)
    if problems:
        raise DataError("The columns cannot be told apart", problems)
    return names, notes


def _candidates(position: int) -> list[str]:
    return [f"column_{position}", *(f"column_{position}_{n}" for n in range(2, 1000))]


def _name_problems(names: Sequence[str]) -> list[Problem]:
    twice = [
        Problem(column(name), f"each name may occur once, however: {n} columns have it", "rename the others")
        for name, n in Counter(names).items()
        if n > 1
    ]
    long = [
        Problem(
            column(name),
            f"a name of at most {LONGEST_NAME} characters is required, however: {len(name):,} characters",
            "shorten it in the source; is the separator right?",
        )
        for name in names
        if len(name) > LONGEST_NAME
    ]
    return twice + long
