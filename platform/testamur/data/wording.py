"""How messages name columns and rows: hostile names made printable, never the content of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHOWN_CHARACTERS = 60
SHOWN_ROWS = 5


def shown(name: str) -> str:
    """A name as a message prints it: control characters escaped, at most 60 characters."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def column(name: str) -> str:
    """Where a fault lies: ``column 'age'``."""
    return f"column '{shown(name)}'"


def rows(positions: NDArray[np.int64] | list[int] | Any) -> str:
    """The first rows of a fault, counted from 1 after the header: ``rows 3, 8 and 12 more``."""
    first = [str(int(p) + 1) for p in positions[:SHOWN_ROWS]]
    rest = len(positions) - len(first)
    word = "row" if len(positions) == 1 else "rows"
    return f"{word} {', '.join(first)}" + (f" and {rest} more" if rest else "")


def counted(n: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``3 rows``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
