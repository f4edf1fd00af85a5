"""The difference of two models over the same test rows, paired: AUC by DeLong, means by their spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.audit.auc import auc_gain, auc_parts
from testamur.audit.influence_interval import ends_of
from testamur.audit.interval import Estimate, Floats, Ints, critical_value

FEWEST_ROWS = 30  # of a denominator, below which a mean's normal interval promises too much


@dataclass(frozen=True, slots=True, eq=False)
class RowAnswers:
    """What one model said of each test row (binary), in the order of rows.

    Attributes:
        row: (n,) row numbers, ascending.
        event: (n,) 1 where the event happened.
        probability: (n,) predicted risk.
        selected: (n,) 1 at or above the threshold, or None where there was none.
    """

    row: Ints
    event: Ints
    probability: Floats
    selected: Ints | None


def same_rows(old: RowAnswers, new: RowAnswers) -> bool:
    """True where both were asked about the same rows with the same outcomes."""
    return np.array_equal(old.row, new.row) and np.array_equal(old.event, new.event)


def paired_changes(old: RowAnswers, new: RowAnswers, level: float) -> dict[tuple[str, str], Estimate]:
    """Differences new - old over the same rows, by check and measure.

    AUC: paired DeLong (1988). Brier score and the rates at the threshold: mean of the rows' differences
    d, with sd(d) / sqrt(n) (for shares this is McNemar's variance), see `influence_interval`.

    Args:
        old: Answers of the old model.
        new: Those of the new one, of the same rows.
        level: Of the intervals.
    """
    z, event = critical_value(level), new.event.astype(bool)
    found: dict[tuple[str, str], Estimate] = {}
    if 0 < event.sum() < len(event):
        found["core.performance.discrimination", "auc"] = auc_gain(
            auc_parts(new.event, new.probability), auc_parts(old.event, old.probability), z
        )
    loss = (new.probability - new.event) ** 2 - (old.probability - old.event) ** 2
    means = {("core.performance.probabilities", "brier"): loss}
    if old.selected is not None and new.selected is not None:
        moved = new.selected.astype(float) - old.selected.astype(float)
        means |= {
            ("core.performance.decisions", "selection_rate"): moved,
            ("core.performance.decisions", "sensitivity"): moved[event],
            ("core.performance.decisions", "specificity"): -moved[~event],
            ("core.performance.decisions", "accuracy"): np.where(event, moved, -moved),
        }
    found |= {key: _mean(d, z) for key, d in means.items() if len(d) >= FEWEST_ROWS}
    return found


def _mean(d: Floats, z: float) -> Estimate:
    value, n = float(d.mean()), len(d)
    influence = (d - value) / (n * (n - 1)) ** 0.5
    if not influence.any():  # moved alike in every row
        return Estimate(value, value, value, "paired over the same rows", n)
    return Estimate(value, *ends_of(value, influence, z), "paired over the same rows", n)
