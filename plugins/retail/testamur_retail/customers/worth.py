"""What each customer is expected to spend, by the model and by its rivals, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.contracts.check import AuditInput
from testamur.contracts.table import PartName, Predictions, RowsPart
from testamur_retail.customers.bg_nbd import BgNbd, Floats, fit_bg_nbd
from testamur_retail.customers.counting import WEEKS, count_customers, purchases_of, snapshots_of
from testamur_retail.customers.gamma_gamma import fit_gamma_gamma

N_BANDS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """Expected spend in the next thirteen weeks, for n customers.

    Attributes:
        model: (n,) by the trained model.
        counting: (n,) by BG/NBD and Gamma-Gamma.
        rfm: (n,) the RFM score from 3 to 15: an order, not money.
        churn: (n,) the chance of no purchase: the model's where it states one, else BG/NBD's.
        spent: (n,) what was spent.
    """

    model: Floats
    counting: Floats
    rfm: Floats
    churn: Floats
    spent: Floats


def value_customers(given: AuditInput, name: PartName) -> Worth:
    """Expected spend of every row of a part.

    The churn model states a chance of silence: expected spend is then its chance of a purchase times what
    BG/NBD and
    Gamma-Gamma expect of a customer who does buy.

    Args:
        given: A model on ``retail.churn`` or ``retail.value``.
        name: The part.
    """
    part = given.table.part(name)
    none, counted = count_customers(part)
    said = given.predictions["model"][name]
    model, churn = expect(said, none, counted)
    return Worth(model, counted, score_rfm(part), churn, np.asarray(part.carried["spend_next"], np.float64))


def expect(said: Predictions, none: Floats, counted: Floats) -> tuple[Floats, Floats]:
    """(n,) expected spend and (n,) chance of silence, from what the model states and what BG/NBD counts.

    Args:
        said: Chances of silence, or values.
        none: (n,) chance of no purchase by BG/NBD.
        counted: (n,) expected spend by BG/NBD and Gamma-Gamma.
    """
    if said.values is not None:
        return np.maximum(said.values, 0.0), none
    churn = said.event
    return (1.0 - churn) * counted / np.maximum(1.0 - none, 1e-9), churn


def stake_of(counted: Floats, churn: Floats) -> Floats:
    """(n,) money at stake: what a customer who buys is expected to spend, times the chance of silence."""
    return np.asarray(counted / np.maximum(1.0 - churn, 0.05) * churn)


def score_rfm(part: RowsPart) -> Floats:
    """(n,) sum of three scores from 1 to 5: quintiles of recency, frequency and money.

    A. M. Hughes: Strategic Database Marketing, 1994. Equal values share the middle of their places.

    Args:
        part: Rows that carry purchases.
    """
    idle = np.asarray(part.carried["age"]) - np.asarray(part.carried["recency"])
    value = np.asarray(part.carried["total_value"])
    return _quintile(-idle) + _quintile(np.asarray(part.carried["repeats"])) + _quintile(value)


def _quintile(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.minimum(np.floor(rankdata(values) / len(values) * 5.0) + 1.0, 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Customers of like expected spend, and what they went on to spend in validation, relative to it.

    Attributes:
        edges: (k - 1,) inner edges of expected spend.
        low: (k,) lower end of the 80 % in the middle of real over expected spend.
        high: (k,) upper end.
        mean: (k,) mean spend, in money.
        least: Expectations below it count as it, so that no spend is divided by nearly nothing.
    """

    edges: Floats
    low: Floats
    high: Floats
    mean: Floats
    least: float

    def interval(self, expected: Floats) -> tuple[Floats, Floats]:
        """(n,) ends of the 80 % interval, in money, for customers of a given expected spend."""
        band = np.searchsorted(self.edges, expected, side="right")
        scale = np.maximum(expected, self.least)
        return self.low[band] * scale, self.high[band] * scale


def make_bands(expected: Floats, spent: Floats) -> Bands:
    """Cut validation customers into twenty bands of expected spend (split conformal by band, to scale).

    J. Lei et al.: Distribution-free predictive inference for regression, JASA 2018;113:1094-1111: the spread
    of each customer is taken in proportion to the expectation.

    Args:
        expected: (n,) what they were expected to spend.
        spent: (n,) what they did spend.
    """
    edges = np.unique(np.quantile(expected, np.arange(1, N_BANDS) / N_BANDS))
    band = np.searchsorted(edges, expected, side="right")
    least = max(0.01 * float(expected.mean()), 1e-9)
    ratio = spent / np.maximum(expected, least)
    members = [band == k if (band == k).any() else np.ones_like(band, bool) for k in range(len(edges) + 1)]
    low, high = (np.array([np.quantile(ratio[rows], q) for rows in members]) for q in (0.1, 0.9))
    return Bands(edges, low, high, np.array([spent[rows].mean() for rows in members]), least)


def fit_parameters(part: RowsPart) -> list[dict[str, float]]:
    """The parameters of both counting models at each snapshot of a part, for the evidence."""
    found = []
    for rows in snapshots_of(part):
        counted: BgNbd = fit_bg_nbd(purchases_of(part, rows))
        worth = fit_gamma_gamma(part.carried["n_valued"][rows], part.carried["repeat_value"][rows])
        found.append(
            {
                "n": float(len(rows)), "r": counted.r, "alpha": counted.alpha, "a": counted.a, "b": counted.b,
                "p": worth.p, "q": worth.q, "v": worth.v, "weeks": WEEKS,
            }
        )  # fmt: skip
    return found
