"""The parts of the Brier score over bins of risks, less their bias, with intervals in closed form."""

from __future__ import annotations

import numpy as np

from testamur.audit.interval import Estimate, Floats, share_interval
from testamur.audit.squared_distance import squared_interval


def brier_parts(counts: Floats, risk: Floats) -> tuple[float, float, float]:
    """Reliability, resolution, uncertainty (Murphy 1973), each less its bias.

    The share of events in a bin is itself estimated, which adds o (1 - o) / n to the square of its distance
    from anything. What that adds is taken off (Ferro and Fricker 2012, QJRMS 138:1954). Reliability less
    resolution plus uncertainty is still the Brier score of the binned risks, unless one of the first two
    would fall below 0 and stops there.

    Args:
        counts: (k, 2) rows per bin without and with the event.
        risk: (k, 2) mean risk of each.
    """
    rows, share, gap, base = _bins(counts, risk)
    n = float(rows.sum())
    bias, common = _bias(rows, share), base * (1 - base) / max(n - 1, 1)
    reliability = float((rows * gap**2).sum() / n) - bias
    resolution = float((rows * (share - base) ** 2).sum() / n) - bias + common
    return max(reliability, 0.0), max(resolution, 0.0), base * (1 - base) + common


def brier_estimates(
    counts: Floats, risk: Floats, z: float, units: float | None = None
) -> dict[str, Estimate]:
    """The three parts with their intervals; rows count as independent, and need not be whole numbers.

    Args:
        counts: (k, 2) rows per bin without and with the event.
        risk: (k, 2) mean risk of each.
        z: Critical value.
        units: Independent risks among the rows; None: each row's is its own.
    """
    rows, share, gap, base = _bins(counts, risk)
    n = int(rows.sum())
    among = float(rows.sum()) if units is None else units
    reliability, resolution, uncertainty = brier_parts(counts, risk)
    bias, common = _bias(rows, share), base * (1 - base) / max(n - 1, 1)
    spread = _spread(rows, counts[:, 1], z)
    low, high = (float(end) for end in share_interval(counts[:, 1].sum(), rows.sum(), z))
    ends = sorted((low * (1 - low), high * (1 - high)))
    top = 0.25 if low < 0.5 < high else ends[1]
    return {
        "brier_reliability": _squared(reliability, gap, rows, spread, bias, z, among),
        "brier_resolution": _squared(resolution, share - base, rows, spread, bias - common, z, among),
        "brier_uncertainty": Estimate(
            uncertainty, min(ends[0], uncertainty), max(top, uncertainty), "from the score interval of p", n
        ),
    }


def _squared(
    value: float, gap: Floats, rows: Floats, spread: Floats, bias: float, z: float, units: float
) -> Estimate:
    """A mean square of gaps with its score interval.

    With s^2 the variance of a bin's gap and w its share of the rows, the observed mean square has the
    variance 4 sum w^2 gap^2 s^2 + 2 sum w^2 s^4, and that of which rows there happen to be.
    """
    n = float(rows.sum())
    weight, square = rows / n, gap**2
    plain = float((weight * square).sum())
    relative = square / plain if plain > 0 else np.ones_like(gap)
    along = 4 * float((weight**2 * relative * spread**2).sum())
    alone = 2 * float((weight**2 * spread**4).sum())
    among = max(float((weight * relative**2).sum()) - 1, 0.0) / units
    low, high = squared_interval(plain, bias, along, alone, z, among)
    return Estimate(value, min(low, value), max(high, value), "score interval, less the bias of bins", int(n))


def _bins(counts: Floats, risk: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Rows, share of events, its distance from the mean risk, per bin; share of events of all."""
    rows = counts.sum(axis=1)
    share = counts[:, 1] / rows
    gap = share - (counts * risk).sum(axis=1) / rows
    return rows, share, gap, float(counts[:, 1].sum() / rows.sum())


def _bias(rows: Floats, share: Floats) -> float:
    """What sampling adds to a mean square of bins; a bin of one row tells no spread."""
    return float((rows * share * (1 - share) / np.maximum(rows - 1, 1)).sum() / rows.sum())


def _spread(rows: Floats, events: Floats, z: float) -> Floats:
    """Standard error of each bin's share, moved by two rows of each outcome (Agresti and Coull 1998)."""
    share = (events + z * z / 2) / (rows + z * z)
    return np.asarray(np.sqrt(share * (1 - share) / rows))
