"""From origins to levels and fan charts: the model's quantiles, its paths, a chunk of origins at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from testamur.contracts.protocols import Predictor
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur_retail.inventory.dependence import Dependence, estimate_dependence
from testamur_retail.inventory.levels import Levels, plan_levels
from testamur_retail.inventory.paths import Draws, Floats, draw_scores, make_draws, score_observed
from testamur_retail.inventory.series import Ints, history_of, rows_at
from testamur_retail.inventory.terms import Terms

N_PATHS = 400
AT_ONCE = 2_000  # origins: 2,000 x 400 paths x 14 days are 90 MB
MOST_SCORED = 20_000  # validation rows that the dependence is estimated from


@dataclass(frozen=True, slots=True, eq=False)
class Forecaster:
    """A trained model with the dependence of its days.

    Attributes:
        predictor: The model.
        part: The test part: static features and the log.
        length: Steps that it looks back.
        levels: Quantile levels that it states.
        dependence: Between the days of a forecast.
        draws: Paths as weights on the quantiles.
    """

    predictor: Predictor
    part: RowsPart
    length: int
    levels: tuple[float, ...]
    dependence: Dependence
    draws: Draws

    def quantiles(self, rows: Ints, stops: Ints) -> Floats:
        """(n, H, Q) for origins in the log; demand is never below 0 and quantiles never cross."""
        return _ask(self.predictor, self.part, rows, stops, self.length)

    def plan(self, rows: Ints, stops: Ints, terms: Terms) -> Levels:
        """Levels of the (R, s, S) policy for n origins."""
        found = [plan_levels(self.draws.demand(self.quantiles(r, s)), terms) for r, s in _chunks(rows, stops)]
        return Levels(np.concatenate([x.reorder for x in found]), np.concatenate([x.up_to for x in found]))


def make_forecaster(
    table: RowsTable,
    predictor: Predictor,
    levels: tuple[float, ...],
    *,
    seed: int,
    held: Predictions | None = None,
) -> Forecaster:
    """Estimate the dependence on validation rows and draw the paths.

    Args:
        table: A forecast table.
        predictor: The trained model.
        levels: The Q levels that it states.
        seed: Of the paths, and of the validation rows where there are many.
        held: What is said of validation rows by a model that did not learn from them, where `predictor` has
            learnt from them (``training.refit``).
    """
    rng = np.random.default_rng(seed)
    history = history_of(table.validation)
    rows = np.arange(table.validation.n_rows)
    if len(rows) > MOST_SCORED:
        rows = np.sort(rng.choice(rows, MOST_SCORED, replace=False))
    length = int(np.max(history.stop - history.start))

    def stated(r: Ints, s: Ints) -> Floats:
        if held is None or held.quantiles is None:
            return _ask(predictor, table.validation, r, s, length)
        return _as_demand(held.quantiles[r])

    scores = [
        score_observed(stated(r, s), table.validation.target[r], levels)
        for r, s in _chunks(rows, history.stop[rows])
    ]
    dependence = estimate_dependence(np.concatenate(scores))
    return Forecaster(
        predictor=predictor,
        part=table.test,
        length=length,
        levels=levels,
        dependence=dependence,
        draws=make_draws(draw_scores(dependence.matrix, N_PATHS, rng), levels),
    )


def _ask(predictor: Predictor, part: RowsPart, rows: Ints, stops: Ints, length: int) -> Floats:
    """(n, H, Q) quantiles; demand is never below 0 and quantiles never cross."""
    predicted = predictor.predict(rows_at(part, rows, stops, length)).quantiles
    if predicted is None:
        raise ValueError("quantiles are required of a forecast, however: the model gives none")
    return _as_demand(predicted)


def _as_demand(quantiles: Floats) -> Floats:
    return np.asarray(np.maximum.accumulate(np.maximum(quantiles.astype(np.float64), 0.0), axis=2))


def _chunks(rows: Ints, stops: Ints) -> Iterator[tuple[Ints, Ints]]:
    for begin in range(0, len(rows), AT_ONCE):
        yield rows[begin : begin + AT_ONCE], stops[begin : begin + AT_ONCE]
