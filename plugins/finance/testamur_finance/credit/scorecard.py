"""A scorecard: points per feature that add up to log-odds. Fitted exactly; used by the net and the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur_finance.credit.basis import Basis, design, plan_basis
from testamur_finance.credit.logistic import fit_logistic, log_loss, sigmoid
from testamur_finance.options import ScorecardOptions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scorecard:
    """A fitted scorecard; a `testamur.contracts.protocols.Predictor`.

    Attributes:
        basis: What the coefficients stand for.
        intercept: Log-odds of nobody in particular.
        points: (n_columns,) coefficients.
        ridge: Penalty that was used.
    """

    basis: Basis
    intercept: float
    points: Floats
    ridge: float

    def score(self, part: RowsPart) -> Floats:
        """(n,) log-odds of the event."""
        return self.intercept + design(self.basis, part) @ self.points

    def contributions(self, part: RowsPart) -> Floats:
        """(n, n_features) what each feature adds to the log-odds."""
        rows = design(self.basis, part) * self.points  # (n, n_columns)
        n_features = self.basis.n_numeric + len(self.basis.cardinalities)
        parts = np.zeros((len(rows), n_features))
        np.add.at(parts, (slice(None), self.basis.owner), rows)
        return parts

    def predict(self, part: RowsPart) -> Predictions:
        """Probability of the event for every row."""
        event = sigmoid(self.score(part))
        return Predictions(probabilities=np.column_stack([1 - event, event]))


def fit_scorecard(table: RowsTable, options: ScorecardOptions, *, rows: Ints | None = None) -> Scorecard:
    """Fit a scorecard on training rows.

    Args:
        table: A binary table.
        options: Ridge, left-out features, reweighing, bootstrap sample.
        rows: Positions in the training part to fit on; None: as the options say.

    Raises:
        ConfigurationError: The options name features or attributes that there are not; all are listed.
    """
    check_options(table, options)
    basis = plan_basis(table.features, table.train)
    kept = np.isin(basis.owner, _kept(table, options))
    chosen = _chosen_rows(table.train, options) if rows is None else rows
    event = table.train.target[chosen].astype(np.float64)
    x = design(basis, table.train)[chosen][:, kept]
    weight = _weights(table, options, chosen)
    ridge = options.ridge or _best_ridge(table, x, event, weight, basis, kept)
    beta = fit_logistic(x, event, ridge=ridge, weight=weight)
    points = np.zeros(basis.n_columns)
    points[kept] = beta[1:]
    return Scorecard(basis, float(beta[0]), points, float(ridge))


def refit(table: RowsTable, options: ScorecardOptions, ridge: float, seed: int) -> Scorecard:
    """The same recipe on a bootstrap sample of the training rows (for stability)."""
    again = options.model_copy(update={"ridge": ridge, "resample": seed})
    return fit_scorecard(table, again)


def reweigh(event: Ints, group: Ints) -> Floats:
    """(n,) weights P(group) P(event) / P(group, event), after which the two are unrelated.

    Kamiran, Calders: Data preprocessing techniques for classification without discrimination,
    Knowledge and Information Systems 33 (2012) 1-33. Rows without a group keep weight 1.

    Args:
        event: (n,) 0 or 1.
        group: (n,) codes; -1 = missing.
    """
    weight = np.ones(len(event))
    known = group >= 0
    n = int(known.sum())
    for g in np.unique(group[known]):
        for e in (0, 1):
            cell = known & (group == g) & (event == e)
            if cell.any():
                expected = (known & (group == g)).sum() * (known & (event == e)).sum() / n
                weight[cell] = expected / cell.sum()
    return weight


def check_options(table: RowsTable, options: ScorecardOptions) -> None:
    """Refuse names that the table does not have.

    Raises:
        ConfigurationError: Every unknown name, and a scorecard without any feature.
    """
    features = [feature.name for feature in table.features]
    attributes = [attribute.name for attribute in table.attributes]
    faults = [
        Problem("model.options.without", f"a feature of the data is required, however: {name!r}")
        for name in options.without
        if name not in features
    ]
    if options.reweigh and options.reweigh not in attributes:
        known = ", ".join(attributes) or "none is declared"
        faults.append(
            Problem(
                "model.options.reweigh",
                f"a protected attribute is required, however: {options.reweigh!r}",
                f"known: {known}",
            )
        )
    if not faults and not set(features) - set(options.without):
        faults.append(Problem("model.options.without", "one feature must be left, however: none is"))
    if faults:
        raise ConfigurationError("The scorecard's options cannot be used", faults)


def _kept(table: RowsTable, options: ScorecardOptions) -> list[int]:
    return [i for i, feature in enumerate(table.features) if feature.name not in options.without]


def _chosen_rows(train: RowsPart, options: ScorecardOptions) -> Ints:
    if not options.resample:
        return np.arange(train.n_rows)
    return np.sort(np.random.default_rng(options.resample).integers(0, train.n_rows, train.n_rows))


def _weights(table: RowsTable, options: ScorecardOptions, chosen: Ints) -> Floats | None:
    given = None if table.train.weight is None else table.train.weight[chosen]
    if not options.reweigh:
        return given
    position = [attribute.name for attribute in table.attributes].index(options.reweigh)
    by_group = reweigh(table.train.target[chosen], table.train.groups[chosen, position].astype(np.int64))
    return by_group if given is None else by_group * given


def _best_ridge(
    table: RowsTable, x: Floats, event: Floats, weight: Floats | None, basis: Basis, kept: NDArray[np.bool_]
) -> float:
    held_x = design(basis, table.validation)[:, kept]
    held = table.validation.target.astype(np.float64)
    losses = []
    for ridge in RIDGES:
        beta = fit_logistic(x, event, ridge=ridge, weight=weight)
        losses.append(float(log_loss(beta[0] + held_x @ beta[1:], held).mean()))
    return RIDGES[int(np.argmin(losses))]
