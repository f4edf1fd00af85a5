"""Values with intervals, one row per group: the label above, the interval below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testamur.report.charts.scale import Scale, Tick, spread_over

WIDTH, ROW, TOP, FOOT, MARGIN, HEAD = 440, 38, 8, 30, 10, 26
LONGEST_LABEL = 44


@dataclass(frozen=True, slots=True)
class ForestEntry:
    """One row as it is given.

    Attributes:
        label: Whom the row is about.
        value: The value, or None where it could not be measured.
        low: Lower end, or None.
        high: Upper end, or None.
        words: Value with interval, or why there is none.
        n: Rows it rests on, as text; may be empty.
        heading: Title that starts a block of rows, or empty.
        strong: True for the row that the others are compared with.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    n: str = ""
    heading: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One row in pixels."""

    y: float
    entry: ForestEntry
    label: str
    value_x: float | None
    low_x: float | None
    high_x: float | None
    heading_y: float | None


@dataclass(frozen=True, slots=True)
class Forest:
    """A whole figure in pixels."""

    slug: str
    title: str
    desc: str
    caption: str
    rows: tuple[ForestRow, ...]
    ticks: tuple[Tick, ...]
    reference_x: float | None
    reference_words: str
    bottom: float
    height: float
    width: int = WIDTH
    kind: str = "forest"


def draw_forest(
    slug: str,
    title: str,
    entries: Sequence[ForestEntry],
    *,
    caption: str,
    reference: float | None = None,
    reference_words: str = "",
    per_cent: bool = False,
    whole_share: bool = False,
    holds: Sequence[float] = (),
) -> Forest:
    """Lay out the rows on one scale.

    Args:
        slug: Identifier of the figure in the page.
        title: What it shows.
        entries: At least one row with a value.
        caption: The sentence under it.
        reference: Value of the dashed line, or None.
        reference_words: What the dashed line is.
        per_cent: True when values are shares.
        whole_share: True when no value can lie outside 0 to 1.
        holds: Values that the axis shows whatever the rows say.
    """
    values = [x for e in entries for x in (e.value, e.low, e.high) if x is not None and e.value is not None]
    ends = (0.0, 1.0) if whole_share else (None, None)
    domain = spread_over(
        [*values, *holds, *([] if reference is None else [reference])], floor_at=ends[0], top_at=ends[1]
    )
    scale = Scale(*domain, MARGIN, WIDTH - MARGIN)
    rows, y = [], float(TOP)
    for entry in entries:
        heading_y = y + 16 if entry.heading else None
        y += HEAD if entry.heading else 0
        rows.append(_row(entry, y, heading_y, scale))
        y += ROW
    words = "; ".join(f"{e.label}: {e.words}" for e in entries)
    return Forest(
        slug=slug,
        title=title,
        desc=f"{words}." + (f" Dashed line: {reference_words}." if reference_words else ""),
        caption=caption,
        rows=tuple(rows),
        ticks=scale.ticks(7, per_cent=per_cent),
        reference_x=None if reference is None else scale.at(reference),
        reference_words=reference_words,
        bottom=y,
        height=y + FOOT,
    )


def _row(entry: ForestEntry, y: float, heading_y: float | None, scale: Scale) -> ForestRow:
    label = entry.label if len(entry.label) <= LONGEST_LABEL else entry.label[: LONGEST_LABEL - 1] + "…"
    known = entry.value is not None
    return ForestRow(
        y=y,
        entry=entry,
        label=label,
        value_x=scale.at(entry.value) if entry.value is not None else None,
        low_x=scale.at(entry.low if entry.low is not None else scale.low)
        if known and _ranged(entry)
        else None,
        high_x=scale.at(entry.high if entry.high is not None else scale.high)
        if known and _ranged(entry)
        else None,
        heading_y=heading_y,
    )


def _ranged(entry: ForestEntry) -> bool:
    return entry.low is not None or entry.high is not None
