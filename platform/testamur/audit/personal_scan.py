"""Searches a column for personal data: one pass per kind over its distinct cells, then checksums."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from testamur.audit.interval import Ints, share_interval
from testamur.audit.personal_kinds import KINDS, Kind
from testamur.contracts.raw_cells import RawColumn

MOST_TRIED = 500  # checksums of a kind per column; a national number takes some 50 microseconds
_FEW = 20  # candidates below which one that holds counts, whatever chance says
_UNLIKELY = 1e-4  # of as many or more holding by accident
SHORTEST = 1e8  # numbers below it have fewer than nine digits
_EXACT = 2.0**53
_BETWEEN = "\n"
_LONG_NUMBER = re.compile(r"\d(?:[ ./-]?\d){8}")


@dataclass(frozen=True, slots=True)
class Found:
    """A kind of personal data in one column.

    Attributes:
        kind: Which.
        n_cells: Cells with it, of `n_rows`; scaled up where not every candidate was tried.
        n_rows: Rows of the column.
        low: Lower end of the share of cells; equal to the share where every candidate was tried.
        high: Upper end.
        n_tried: Candidates whose checksum was tried.
        n_candidates: Distinct cells that look like it.
    """

    kind: Kind
    n_cells: float
    n_rows: int
    low: float
    high: float
    n_tried: int
    n_candidates: int


def scan_column(
    column: RawColumn, rng: np.random.Generator, z: float, kinds: Sequence[Kind] = KINDS
) -> list[Found]:
    """Every kind that the column holds more often than chance explains.

    Args:
        column: The cells.
        rng: Chooses candidates where there are more than `MOST_TRIED`.
        z: Critical value of the interval of a share that rests on such a choice.
        kinds: What is looked for.
    """
    texts, kinds = _texts(column), list(kinds)
    if column.kind != "text":
        kinds = [kind for kind in kinds if kind.of_numbers]
    if not texts:
        return []
    rows = np.bincount(column.code[column.code >= 0], minlength=len(column.values))
    rows = rows[_chosen(column)]
    blob = _BETWEEN.join(texts)
    if _LONG_NUMBER.search(blob) is None:
        kinds = [kind for kind in kinds if not kind.of_numbers or kind.has_letters]
    start = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    found = []
    for kind in kinds:
        one, blob = _search(kind, blob, start, rows, len(column.code), rng, z)
        found += [one] if one is not None else []
    return found


def _chosen(column: RawColumn) -> Ints:
    """Positions of the distinct cells that are searched: all texts, whole numbers of nine digits and more."""
    if column.kind == "text":
        return np.arange(len(column.values))
    if column.kind != "number":
        return np.zeros(0, np.int64)
    numbers = np.asarray(column.values, np.float64)
    return np.flatnonzero((numbers >= SHORTEST) & (numbers < _EXACT) & (numbers == np.round(numbers)))


def _texts(column: RawColumn) -> list[str]:
    values = column.values[_chosen(column)]
    if column.kind == "text":
        return [str(value).replace(_BETWEEN, " ") for value in values]
    return [str(int(value)) for value in values]


def _search(
    kind: Kind, blob: str, start: Ints, rows: Ints, n_rows: int, rng: np.random.Generator, z: float
) -> tuple[Found | None, str]:
    """What of a kind the column holds, and the text in which what was recognised is blanked out."""
    if kind.needs and kind.needs not in blob:
        return None, blob
    spans, said = [], []
    for match in kind.pattern.finditer(blob):
        spans.append(match.span())
        said.append(match.group())
    if not spans:
        return None, blob
    cell = np.searchsorted(start, [first for first, _ in spans], side="right") - 1
    tried = np.arange(len(cell))
    if kind.chance and len(cell) > MOST_TRIED:
        tried = np.sort(rng.choice(len(cell), MOST_TRIED, replace=False))
    holds = np.array([kind.holds(said[i]) for i in tried])
    if not holds.any() or _by_chance(int(holds.sum()), len(tried), kind.chance):
        return None, blob
    held = tried[holds]
    blob = _blanked(blob, [spans[i] for i in held])
    return _counted(kind, cell, tried, held, rows, n_rows, z), blob


def _counted(kind: Kind, cell: Ints, tried: Ints, held: Ints, rows: Ints, n_rows: int, z: float) -> Found:
    """Cells that hold the kind: counted, or scaled up from the candidates that were tried."""
    n_candidates = len(np.unique(cell))
    if len(tried) == len(cell):
        n_cells = float(rows[np.unique(cell[held])].sum())
        return Found(kind, n_cells, n_rows, n_cells / n_rows, n_cells / n_rows, len(tried), n_candidates)
    looking = float(rows[np.unique(cell)].sum())
    low, high = (float(end) * looking / n_rows for end in share_interval(len(held), len(tried), z))
    return Found(kind, looking * len(held) / len(tried), n_rows, low, high, len(tried), n_candidates)


def _blanked(blob: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these stretches blanked out: an account's digits are no phone number."""
    pieces, last = [], 0
    for first, after in spans:
        pieces += [blob[last:first], " " * (after - first)]
        last = after
    return "".join([*pieces, blob[last:]])


def _by_chance(n_holding: int, n_tried: int, chance: float) -> bool:
    """Whether so many numbers of that form hold by accident alone."""
    if not chance or n_tried < _FEW:
        return False
    from scipy.stats import binom

    return bool(binom.sf(n_holding - 1, n_tried, chance) > _UNLIKELY)
