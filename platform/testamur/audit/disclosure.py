"""Which counts may be shown: small ones are withheld, and so are those that would give them away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from testamur.audit.cells import Division
from testamur.audit.interval import Floats

CELL_NAMES = ("tn", "fp", "fn", "tp")
Item = tuple[int, str]  # group, name of the count


def withhold(
    counts: Mapping[Item, int], sums: Iterable[Sequence[Item]], minimum: int
) -> dict[Item, int | None]:
    """Replace counts from 1 to `minimum` - 1 by None, then those that would reveal one by subtraction.

    A *sum* is a set of counts tied by one equation whose other terms a reader knows: with exactly
    one of them withheld, subtraction would bring it back (complementary suppression; Hundepool
    et al. 2012, Statistical Disclosure Control, 4.2).

    Args:
        counts: Counts by group and name.
        sums: Sets of items tied by one equation.
        minimum: Counts below it are withheld; 0 or 1 withholds nothing.
    """
    shown: dict[Item, int | None] = {k: None if 0 < c < minimum else c for k, c in counts.items()}
    sums = [list(s) for s in sums]
    changed = True
    while changed:
        changed = False
        for tied in sums:
            open_items = [k for k in tied if shown[k] is not None]
            if len(tied) - len(open_items) != 1 or not open_items:
                continue
            non_zero = [k for k in open_items if counts[k]] or open_items
            shown[min(non_zero, key=lambda k: counts[k])] = None
            changed = True
    return shown


def protect_cells(
    cells: Floats, division: Division, minimum: int, n_missing: int = 0
) -> tuple[list[dict[str, int | None]], int | None]:
    """Counts of each group as they may be shown: n, n_events, n_non_events, tn, fp, fn, tp.

    The groups and the rows without a level add up to the known number of rows, also of two attributes at
    once: else the crossings would give back what the groups of one attribute withhold.

    Args:
        cells: (n_groups, 4) rows per cell.
        division: Whose groups they are; groups that share a level of one attribute add up to a known margin.
        minimum: The policy's `minimum_cell`.
        n_missing: Rows without a level.

    Returns:
        Counts per group; `n_missing` as it may be shown.
    """
    counts: dict[Item, int] = {}
    sums: list[list[Item]] = []
    for g, row in enumerate(cells):
        tn, fp, fn, tp = (int(c) for c in row)
        named = {"n": tn + fp + fn + tp, "n_events": fn + tp, "n_non_events": tn + fp}
        named |= {"tn": tn, "fp": fp, "fn": fn, "tp": tp}
        counts |= {(g, name): count for name, count in named.items()}
        sums += [[(g, name) for name in tied] for tied in _TIES]
    names = ("n", "n_events", "n_non_events", *CELL_NAMES)
    sums += [[(g, name) for g in margin] for margin in margins(division) for name in names]
    counts[-1, "n"] = n_missing
    sums.append([*((g, "n") for g in range(len(cells))), (-1, "n")])
    shown = withhold(counts, sums, minimum)
    tables = [{name: shown[g, name] for name in names} for g in range(len(cells))]
    return tables, shown[-1, "n"]


_TIES = (("n_events", "n_non_events", "n"), ("fn", "tp", "n_events"), ("tn", "fp", "n_non_events"))


def margins(division: Division) -> list[list[int]]:
    """Sets of groups whose counts add up to something published elsewhere."""
    if len(division.columns) == 1:
        return [list(range(len(division.groups)))]
    found = []
    for position in range(len(division.columns)):
        for code in sorted(set(division.codes[:, position].tolist())):
            found.append([g for g, row in enumerate(division.codes) if row[position] == code])
    return found


def small(count: float, minimum: int) -> bool:
    """True for a count that is withheld."""
    return 0 < count < minimum


def in_words(count: float, minimum: int) -> str:
    """A count as a sentence may print it: 12, or "fewer than 5"."""
    return f"fewer than {minimum}" if small(count, minimum) else f"{int(count)}"


def hidden(tree: dict[str, Any]) -> dict[str, Any]:
    """An estimate of which nothing but its existence may be shown."""
    return tree | {"status": "suppressed", "value": None, "low": None, "high": None, "n": None}
