"""A decision curve in words: at which thresholds acting on the model does more good than simpler rules.

A. J. Vickers, E. B. Elkin: Decision curve analysis, Med Decis Making 2006;26:565-574. A threshold of 20 %
says that acting on four people without the event is worth it to reach one with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def useful_range(curve: Sequence[Row]) -> tuple[float, float] | None:
    """The longest stretch of thresholds at which the model beats acting on all and on nobody, or None.

    Args:
        curve: Rows with ``threshold``, ``model`` and ``all`` (net benefit), thresholds ascending.
    """
    best: tuple[float, float] | None = None
    begin: float | None = None
    for row in [*curve, {"threshold": None, "model": None, "all": None}]:
        good = row["model"] is not None and row["model"] > max(row["all"] or 0.0, 0.0)
        if good and begin is None:
            begin = row["threshold"]
        if good:
            end = row["threshold"]
        elif begin is not None:
            if best is None or end - begin > best[1] - best[0]:
                best = (begin, end)
            begin = None
    return best


def benefit_in_words(curve: Sequence[Row], threshold: float | None) -> str:
    """One or two sentences on when acting on the model pays; empty without a curve."""
    if not curve:
        return ""
    found = useful_range(curve)
    if found is None:
        return "At no threshold does acting on the model do more good than acting on everyone or on nobody."
    low, high = found
    words = (
        "Acting on the model does more good than acting on everyone or on nobody for whoever acts from "
        "a risk "
        f"between {100 * low:.0f} % and {100 * high:.0f} % on."
    )
    if threshold is None or not 0 < threshold < 1:
        return words
    inside = "lies in" if low <= threshold <= high else "lies outside"
    odds = (1 - threshold) / threshold
    return (
        f"{words} Its own threshold, {100 * threshold:.0f} %, {inside} that range; it is right for "
        "someone to whom "
        f"reaching one person with the event is worth acting on {odds:.1f} without it."
    )
