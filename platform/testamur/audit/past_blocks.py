"""Into which stretches a past is divided when each is tried by itself."""

from __future__ import annotations

from itertools import pairwise

LATEST = (1, 5, 20)  # steps of answers and choices that are left out, or left alone
_MOST_BLOCKS = 8


def blocks_of(length: int, season: int = 1) -> list[tuple[int, int]]:
    """Stretches (first, last) of steps before the row, from 1, that cover a window of `length` steps.

    Single steps of a short window; whole cycles, the latest in single steps where they are few enough, where
    the problem has a cycle; else stretches that double in length, for what lies near is looked at closely.
    """
    if length <= _MOST_BLOCKS:
        return [(k, k) for k in range(1, length + 1)]
    if 1 < season < length and -(-length // season) <= _MOST_BLOCKS:
        edges = list(range(0, length, season))
        single = [(k, k) for k in range(1, season + 1)]
        cycles = [(a + 1, min(a + season, length)) for a in edges]
        return [*single, *cycles[1:]] if len(single) + len(cycles) - 1 <= _MOST_BLOCKS + 4 else cycles
    edges, size = [0], max(1, length >> (_MOST_BLOCKS - 1))
    while edges[-1] < length:
        edges.append(min(edges[-1] + size, length))
        size = edges[-1]
    return [(a + 1, b) for a, b in pairwise(edges)]


def words_of(first: int, last: int) -> str:
    """A stretch in words."""
    if first == last:
        return "1 step back" if first == 1 else f"{first} steps back"
    return f"{first} to {last} steps back"
