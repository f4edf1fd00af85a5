"""Test rows that look back, ready to be asked about again with another past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from testamur.audit.interval import Estimate, Floats, Ints
from testamur.audit.own_past import copy_stretches, ends_of_series
from testamur.audit.past_scale import student_estimate, units_of, window_scales_of
from testamur.audit.past_shape import Shape, shape_of
from testamur.audit.primary import Primary, Scored, primary_of
from testamur.audit.tried_rows import take_rows
from testamur.contracts.check import AuditInput
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.protocols import Predictor
from testamur.contracts.table import History, Predictions, RowsPart

MOST_STEPS = 1000  # of a past of answers or choices


@dataclass(frozen=True, slots=True, eq=False)
class TriedPast:
    """Some or all test rows, each with a past of its own.

    Attributes:
        predictor: The model.
        primary: What is measured; of a forecast in units of the series' scale.
        shape: What the rows look back on.
        part: The rows, their pasts copied out.
        target: (n,) or (n, horizon) their targets, in units of the scale.
        scale: (n, 1) by which a forecast is divided, else None.
        cluster: (n,) what intervals are clustered by, else None.
        enough: True where there are enough of those for an interval.
        positions: (n,) where they stand in the test part.
        n_test: Rows of the test part.
        ahead: Steps that are copied beyond each origin.
    """

    predictor: Predictor
    primary: Primary
    shape: Shape
    part: RowsPart
    target: Any
    scale: Floats | None
    cluster: Ints | None
    enough: bool
    positions: Ints
    n_test: int
    ahead: int

    @property
    def n(self) -> int:
        """How many rows are tried."""
        return len(self.positions)

    @property
    def log(self) -> History:
        """The pasts."""
        assert self.part.history is not None
        return self.part.history

    @property
    def note(self) -> str:
        """How many rows were drawn, where not all are tried."""
        return "" if self.n == self.n_test else f"{self.n:,} of {self.n_test:,} test rows, drawn at random"

    def part_with(self, log: History) -> RowsPart:
        """The rows with another past; all else stays."""
        return replace(self.part, history=log)

    def ask(self, part: RowsPart) -> Predictions:
        """What the model says; a forecast in units of the scale."""
        said = self.predictor.predict(part)
        if self.scale is None:
            return said
        return Predictions(quantiles=np.asarray(said.quantiles, np.float64) / self.scale[:, :, None])

    def score(self, part: RowsPart) -> Scored:
        """The primary measure of the model on these rows."""
        return self.primary.score(self.ask(part), self.target)

    def estimate(self, scored: Scored, level: float, n_joint: int, mine: Any = slice(None)) -> Estimate:
        """Value with its interval, see `past_scale.student_estimate`; of the rows `mine`."""
        cluster = None if self.cluster is None else self.cluster[mine]
        return student_estimate(scored, level, n_joint, cluster, enough=self.enough)


def tried_past(given: AuditInput, rng: np.random.Generator, *, most: int) -> TriedPast:
    """Test rows whose past may be changed, at most so many.

    Of forecasts, rows of series that never move in training (no scale) and rows without a known target are
    left out.

    Args:
        given: What is audited; its rows look back, and the model was given.
        rng: Draws the rows where there are more.
        most: Largest number of rows.
    """
    table, shape = given.table, shape_of(given.table)
    assert shape is not None
    assert given.predictor is not None
    scale, usable = window_scales_of(given)
    positions = np.flatnonzero(usable)
    if len(positions) > most:
        positions = np.sort(rng.choice(positions, most, replace=False))
    cluster, enough = units_of(given)
    part = replace(take_rows(table.test, positions), history=_own_past(given, shape, positions))
    target, scaled = part.target, None
    if scale is not None:
        scaled = scale[positions][:, None]
        target = np.asarray(target, np.float64) / scaled
    return TriedPast(
        predictor=given.predictor,
        primary=primary_of(given),
        shape=shape,
        part=part,
        target=target,
        scale=scaled,
        cluster=None if cluster is None else cluster[positions],
        enough=enough,
        positions=positions,
        n_test=table.test.n_rows,
        ahead=_ahead(given),
    )


def _ahead(given: AuditInput) -> int:
    return (given.table.problem.horizon or 0) if given.table.problem.kind is ProblemKind.FORECAST else 0


def _own_past(given: AuditInput, shape: Shape, positions: Ints) -> History:
    """The past of each row: of windows with a cycle before them and the horizon after them.

    What a model cannot have known is left out: a forecast's target beyond the origin, a choice that is to
    be told. The step of an answer keeps the item that is asked.
    """
    log = given.table.test.history
    assert log is not None
    start, stop = log.start[positions], log.stop[positions]
    if shape is Shape.WINDOWS:
        low, high = (bound[positions] for bound in ends_of_series(log))
        lead = given.table.problem.season or 0
        end = np.minimum(stop + _ahead(given), high)
        own = copy_stretches(log, positions, np.maximum(start - lead, low), end)
        if given.table.problem.kind is ProblemKind.FORECAST:
            own.values[np.arange(own.series.size) >= own.stop[own.series], 0] = np.nan
        return own
    begin = np.maximum(start, stop - MOST_STEPS)
    shorter = replace(log, start=np.maximum(log.start, log.stop - MOST_STEPS))
    end = np.minimum(stop + 1, log.series.size)
    own = copy_stretches(shorter, positions, begin, end)
    place, unknown = (0, 0) if shape is Shape.CHOICES else (1, -1)
    own.codes[own.stop[end > stop], place] = unknown
    return own
