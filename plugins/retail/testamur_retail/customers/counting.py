"""The classical baseline as a predictor: BG/NBD and Gamma-Gamma, fitted on purchases known at each snapshot.

Neither model sees an outcome: both are fitted, snapshot by snapshot, on the very purchases that the rows
know.
"""

from __future__ import annotations

import numpy as np

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.errors import ConfigurationError, Problem
from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur_retail.customers.bg_nbd import BgNbd, Floats, Purchases, fit_bg_nbd
from testamur_retail.customers.features import QUARTER
from testamur_retail.customers.gamma_gamma import GammaGamma, fit_gamma_gamma

NEEDED = ("repeats", "recency", "age", "repeat_value", "n_valued")
WEEKS = QUARTER / 7


class CountingPredictor:
    """Says of each row what BG/NBD and Gamma-Gamma say.

    Args:
        kind: BINARY gives the chance of no purchase, REGRESSION the expected spend, in the next thirteen
            weeks.
    """

    def __init__(self, kind: ProblemKind) -> None:
        self._kind = kind

    def predict(self, part: RowsPart) -> Predictions:
        """Predict every row of `part`.

        Raises:
            ValueError: A snapshot holds too few customers who came back.
        """
        none, value = count_customers(part)
        if self._kind is ProblemKind.REGRESSION:
            return Predictions(values=value)
        return Predictions(probabilities=np.column_stack([1.0 - none, none]))


def fit_counting(table: RowsTable, *, seed: int, threads: int = 1) -> CountingPredictor:
    """The baseline ``bg_nbd`` of ``retail.customer``.

    Args:
        table: Rows of ``retail.churn`` or ``retail.value``.
        seed: Not used: the fit is deterministic.
        threads: Not used.

    Raises:
        ConfigurationError: The rows do not carry what the model counts.
    """
    missing = [name for name in NEEDED if name not in table.train.carried]
    if missing:
        message = f"the columns {', '.join(missing)} are required to be carried, however: they are not"
        raise ConfigurationError(
            "The model retail.customer needs a dataset of customers",
            [Problem("model.use", message, "use retail.churn or retail.value, or the model core.tabular")],
        )
    return CountingPredictor(table.problem.kind)


def count_customers(part: RowsPart) -> tuple[Floats, Floats]:
    """(n,) chance of no purchase, and (n,) expected spend, in the next thirteen weeks.

    Args:
        part: Rows that carry what the models need.
    """
    none, value = np.zeros(part.n_rows), np.zeros(part.n_rows)
    for rows in snapshots_of(part):
        given = purchases_of(part, rows)
        repeats, mean = part.carried["n_valued"][rows], part.carried["repeat_value"][rows]
        counted, worth = fit_bg_nbd(given), fit_gamma_gamma(repeats, mean)
        none[rows] = counted.chance_of_none(given, WEEKS)
        value[rows] = expected_spend(counted, worth, given, repeats, mean)
    return none, value


def expected_spend(
    counted: BgNbd, worth: GammaGamma, given: Purchases, repeats: Floats, mean: Floats
) -> Floats:
    """(n,) expected purchases times expected value of one, in the next thirteen weeks."""
    return np.asarray(counted.expected_purchases(given, WEEKS) * worth.expected_value(repeats, mean))


def purchases_of(part: RowsPart, rows: np.ndarray) -> Purchases:
    """What the rows carry, as BG/NBD takes it."""
    return Purchases(*(np.asarray(part.carried[name], np.float64)[rows] for name in NEEDED[:3]))


def snapshots_of(part: RowsPart) -> list[np.ndarray]:
    """Positions of the rows of each snapshot."""
    if part.time is None:
        return [np.arange(part.n_rows)]
    return [np.flatnonzero(part.time == moment) for moment in np.unique(part.time)]
