"""Which counts may be shown: small ones are withheld, and so are those that would give them away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from testamur.audit.cells import Division
from testamur.audit.entity_cells import EntityCells, by_group, entities_missing, entities_of_cells
from testamur.audit.interval import Floats

CELL_NAMES = ("tn", "fp", "fn", "tp")
Item = tuple[int, str]  # group, name of the count
PEOPLE = "n_entities"
_COUNTED = {
    "n": (1, 1, 1, 1), "n_events": (0, 0, 1, 1), "n_non_events": (1, 1, 0, 0), "tn": (1, 0, 0, 0),
    "fp": (0, 1, 0, 0), "fn": (0, 0, 1, 0), "tp": (0, 0, 0, 1),
}  # fmt: skip


def withhold(
    counts: Mapping[Item, int],
    sums: Iterable[Sequence[Item]],
    minimum: int,
    people: Mapping[Item, int] | None = None,
    pairs: Sequence[tuple[Item, Item]] = (),
) -> dict[Item, int | None]:
    """Replace counts from 1 to `minimum` - 1 by None, then those that would reveal one by subtraction.

    Where rows share entities, a count of many rows of a few entities is as small as these are.

    A *sum* is a set of counts tied by one equation whose other terms a reader knows: with exactly
    one of them withheld, subtraction would bring it back (complementary suppression; Hundepool
    et al. 2012, Statistical Disclosure Control, 4.2).

    Args:
        counts: Counts by group and name.
        sums: Sets of items tied by one equation.
        minimum: Counts below it are withheld; 0 or 1 withholds nothing.
        people: Entities behind each count; None: every row is its own.
        pairs: Counts of which both are withheld where one is.
    """
    behind = counts if people is None else people
    shown: dict[Item, int | None] = {
        k: None if 0 < min(c, behind[k]) < minimum else c for k, c in counts.items()
    }
    return _close(shown, counts, [list(s) for s in sums], pairs)


def withhold_shared(
    counts: Mapping[Item, int], sums: Sequence[Sequence[Item]], minimum: int, people: Mapping[Item, int]
) -> dict[Item, int | None]:
    """The same where rows share entities, with the entities of each group as `n_entities`.

    Rows and entities of a group are withheld together: each alone would choose other groups against
    subtraction, and what one place withholds another would print. Entities are withheld, too, where the rows
    are fewer than `minimum` more: 21 rows of 20 entities tell of the one that has two.
    """
    groups = [g for g, name in counts if name == "n"]
    entities = {(g, PEOPLE): people[g, "n"] for g in groups}
    adding = [[(g, PEOPLE) for g, _ in tied] for tied in sums if all(name == "n" for _, name in tied)]
    named, behind = {**counts, **entities}, {**people, **entities}
    pairs = [((g, "n"), (g, PEOPLE)) for g in groups]
    shown = withhold(named, [*sums, *adding], minimum, behind, pairs)
    near = [g for g in groups if small(counts[g, "n"] - people[g, "n"], minimum)]
    return _close(shown | {(g, PEOPLE): None for g in near}, named, adding, ())


def _close(
    shown: dict[Item, int | None],
    counts: Mapping[Item, int],
    sums: Sequence[Sequence[Item]],
    pairs: Sequence[tuple[Item, Item]],
) -> dict[Item, int | None]:
    """Withhold more until no sum and no pair gives a withheld count back."""
    changed = True
    while changed:
        changed = False
        for pair in pairs:
            if sum(shown[k] is None for k in pair) == 1:
                shown |= dict.fromkeys(pair)
                changed = True
        for tied in sums:
            open_items = [k for k in tied if shown[k] is not None]
            if len(tied) - len(open_items) != 1 or not open_items:
                continue
            non_zero = [k for k in open_items if counts[k]] or open_items
            shown[min(non_zero, key=lambda k: counts[k])] = None
            changed = True
    return shown


def protect_cells(
    cells: Floats, division: Division, minimum: int, n_missing: int = 0, entities: EntityCells | None = None
) -> tuple[list[dict[str, int | None]], int | None]:
    """Counts of each group as they may be shown: n, n_events, n_non_events, tn, fp, fn, tp, n_entities.

    The groups and the rows without a level add up to the known number of rows, also of two attributes at
    once: else the crossings would give back what the groups of one attribute withhold.

    Args:
        cells: (n_groups, 4) rows per cell.
        division: Whose groups they are; groups that share a level of one attribute add up to a known margin.
        minimum: The policy's `minimum_cell`.
        n_missing: Rows without a level.
        entities: The same rows by entity, where rows share them: it is entities that make a count small,
            and their numbers are shown too; without them `n_entities` is `n`.

    Returns:
        Counts per group; `n_missing` as it may be shown.
    """
    counts: dict[Item, int] = {}
    sums: list[list[Item]] = []
    for g, row in enumerate(cells):
        named = {name: int(row @ mask) for name, mask in _COUNTED.items()}
        counts |= {(g, name): count for name, count in named.items()}
        sums += [[(g, name) for name in tied] for tied in _TIES]
    sums += [[(g, name) for g in margin] for margin in margins(division) for name in _COUNTED]
    counts[-1, "n"] = n_missing
    sums.append([*((g, "n") for g in range(len(cells))), (-1, "n")])
    people = None if entities is None else _people(entities, division, len(cells))
    if people is None:
        shown = withhold(counts, sums, minimum)
    else:
        shown = withhold_shared(counts, sums, minimum, people)
    tables = [{name: shown[g, name] for name in _COUNTED} for g in range(len(cells))]
    for g, table in enumerate(tables):
        table[PEOPLE] = table["n"] if people is None else shown[g, PEOPLE]
    return tables, shown[-1, "n"]


def _people(entities: EntityCells, division: Division, n_groups: int) -> dict[Item, int]:
    """Entities behind every count of every group, and behind the rows without a level."""
    _, group, counts = by_group(entities, division.member)
    behind = entities_of_cells(group, counts, n_groups, _COUNTED)
    found = {(g, name): int(behind[name][g]) for name in _COUNTED for g in range(n_groups)}
    return found | {(-1, "n"): entities_missing(entities, division.member)}


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
