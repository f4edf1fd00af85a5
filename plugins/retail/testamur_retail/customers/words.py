"""Names of segments, from what their customers have in common."""

from __future__ import annotations

import numpy as np

from testamur_retail.customers.bg_nbd import Floats


def name_segments(columns: Floats, label: np.ndarray, k: int) -> list[str]:
    """A name for each segment: how often, how lately, for how much, by its medians against everyone's.

    Args:
        columns: (n, 3) weeks since the last purchase, repeat purchases, mean value of a purchase.
        label: (n,) segments below k.
        k: Segments.

    Returns:
        k different names.
    """
    names: list[str] = []
    for segment in range(k):
        idle, repeats, value = np.median(columns[label == segment], axis=0)
        often = "bought once" if repeats < 1 else f"bought {round(repeats) + 1} times"
        lately = f"last {_weeks(idle)} ago"
        name = f"{often}, {lately}, about {value:,.0f} a time"
        names.append(name if name not in names else f"{name} ({segment + 1})")
    return names


def _weeks(weeks: float) -> str:
    if weeks < 9:
        return f"{max(round(weeks), 1)} weeks"
    return f"{round(weeks / 4.345)} months"
