"""Predictions and targets of the test part on the scale on which they are scored, and their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.audit.forecast_scores import resampling_units, series_of, series_scales
from testamur.audit.influence_interval import ends_of, totals_of
from testamur.audit.inputs import clusters
from testamur.audit.interval import Estimate, Floats, Ints, critical_value, without_interval
from testamur.audit.primary import Scored
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.table import Predictions

_NO_SPREAD = 1e-12
PAIRED = "paired, from the rows' influences, Student's t"


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """The test part as it is scored.

    Attributes:
        said: Predictions; of a forecast divided by the scale of its series.
        target: (n,) or (n, horizon) targets, divided likewise.
        usable: (n,) False for windows without a scale or a known future.
        cluster: (n,) what intervals are clustered by, else None.
        enough: True where there are enough of those for an interval.
    """

    said: Predictions
    target: Any
    usable: Any
    cluster: Ints | None
    enough: bool

    def estimate(
        self, scored: Scored, level: float, n_joint: int, mine: Any, *, words: str = PAIRED
    ) -> Estimate:
        """See `student_estimate`; of the rows `mine`."""
        cluster = None if self.cluster is None else self.cluster[mine]
        return student_estimate(scored, level, n_joint, cluster, enough=self.enough, words=words)


def scaled_test(given: AuditInput, said: Predictions) -> Scaled:
    """Predictions of the test part with its targets, scaled where the problem is a forecast."""
    target = given.table.test.target
    scale, usable = window_scales_of(given)
    cluster, enough = units_of(given)
    if scale is None:
        return Scaled(said, target, usable, cluster, enough)
    by = np.where(usable, scale, 1.0)[:, None]
    stated = Predictions(quantiles=np.asarray(said.quantiles, np.float64) / by[:, :, None])
    return Scaled(stated, np.asarray(target, np.float64) / by, usable, cluster, enough)


def window_scales_of(given: AuditInput) -> tuple[Floats | None, Any]:
    """(n,) scale of each test window of a forecast, else None; and which test rows can be scored."""
    table, n = given.table, given.table.test.n_rows
    if table.problem.kind is not ProblemKind.FORECAST:
        return None, np.ones(n, bool)
    scale = series_scales(table)[series_of(table)]
    known = ~np.isnan(np.asarray(table.test.target, np.float64)).all(axis=1)
    return scale, known & ~np.isnan(scale)


def units_of(given: AuditInput) -> tuple[Ints | None, bool]:
    """(n,) what is drawn when rows are: series or blocks of origins, entities, or rows (None)."""
    if given.table.problem.kind is ProblemKind.FORECAST:
        units = resampling_units(given)
        return units.code, units.enough
    return clusters(given), True


def student_estimate(
    scored: Scored,
    level: float,
    n_joint: int,
    cluster: Ints | None,
    *,
    enough: bool = True,
    words: str = PAIRED,
) -> Estimate:
    """Value with Student's interval from the rows' influences, clustered where they are not independent.

    Args:
        scored: Of n rows.
        level: Joint level.
        n_joint: Intervals that must hold jointly (Sidak).
        cluster: (n,) or None.
        enough: False where there are too few clusters for an interval.
        words: What the interval rests on.
    """
    n = len(scored.influence)
    if not scored.influence.any() and scored.value == 0.0:
        return Estimate(0.0, 0.0, 0.0, "the predictions are the same", n)
    total = totals_of(scored.influence, cluster)
    if not enough or len(total) < 2 or float(total @ total) ** 0.5 <= _NO_SPREAD:
        return without_interval(scored.value, n)
    low, high = ends_of(scored.value, total, critical_value(level, n_joint))
    words += "" if cluster is None else f", {len(total)} clusters"
    return Estimate(scored.value, low, high, words, n)
