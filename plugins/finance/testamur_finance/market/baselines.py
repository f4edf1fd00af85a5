"""What a quantile forecast of returns is held against: the past as it was, EWMA and GARCH volatility."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from testamur.contracts.table import Predictions, RowsPart, RowsTable
from testamur_finance.market.features import DECAY, SMALLEST
from testamur_finance.market.series import known_until, next_return, pasts

Floats = NDArray[np.float64]

HISTORY = 500  # days of historical simulation: two years, as banks use one to two


class HistoricalSimulation:
    """Quantiles of the last 500 returns of the same series.

    Args:
        levels: Quantile levels.
    """

    def __init__(self, levels: tuple[float, ...]) -> None:
        self._levels = levels

    def predict(self, part: RowsPart) -> Predictions:
        """Quantiles of the next return for every row."""
        found = np.zeros((part.n_rows, 1, len(self._levels)))
        for past in pasts(part):
            for row, stop in zip(past.rows, past.stop, strict=True):
                found[row, 0] = np.quantile(past.returns[max(stop - HISTORY, 0) : stop], self._levels)
        return Predictions(quantiles=found)


class ScaledResiduals:
    """Volatility times the quantiles of past scaled returns: filtered historical simulation.

    Args:
        volatility: Series -> (T,) volatility of each step's return as known the day before.
        residuals: Series -> (Q,) quantiles of scaled returns.
    """

    def __init__(self, volatility: dict[int, Floats], residuals: dict[int, Floats]) -> None:
        self._volatility, self._residuals = volatility, residuals

    def predict(self, part: RowsPart) -> Predictions:
        """Quantiles of the next return for every row."""
        n_levels = len(next(iter(self._residuals.values())))
        found = np.zeros((part.n_rows, 1, n_levels))
        for past in pasts(part):
            scale = self._volatility[past.number][past.stop]
            found[past.rows, 0] = scale[:, None] * self._residuals[past.number]
        return Predictions(quantiles=found)


def fit_historical(table: RowsTable, *, seed: int, threads: int) -> HistoricalSimulation:
    """Historical simulation; nothing is fitted."""
    return HistoricalSimulation(table.problem.quantiles)


def fit_ewma(table: RowsTable, *, seed: int, threads: int) -> ScaledResiduals:
    """EWMA volatility times the quantiles of scaled training returns of all series.

    Barone-Adesi, Giannopoulos, Vosper: VaR without correlations, J. Futures Markets 19 (1999) 583-602.
    """
    volatility = {past.number: ewma_volatility(past.returns) for past in pasts(table.test)}
    scaled = np.concatenate(
        [
            next_return(table.train)[past.rows] / ewma_volatility(past.returns)[past.stop]
            for past in pasts(table.train)
        ]
    )
    quantiles = np.nanquantile(scaled, table.problem.quantiles)
    return ScaledResiduals(volatility, dict.fromkeys(volatility, quantiles))


def ewma_volatility(returns: Floats) -> Floats:
    """(T + 1,) volatility of each day as known the day before, v_t = d v_(t-1) + (1 - d) r_(t-1)^2.

    The first value is the root mean square of the first 22 returns.
    """
    from scipy.signal import lfilter

    start = float(np.mean(returns[:22] ** 2))
    later, _ = lfilter([1 - DECAY], [1.0, -DECAY], returns**2, zi=[DECAY * start])
    return np.sqrt(np.maximum(np.append(start, later), SMALLEST**2))


def fit_garch(table: RowsTable, *, seed: int, threads: int) -> ScaledResiduals:
    """GJR-GARCH(1,1) with Student's t per series, filtered historical simulation (package `arch`).

    Glosten, Jagannathan, Runkle (1993). Parameters are estimated on the days before the first test origin and
    held; the volatility of each later day uses the returns up to the day before. The mean is zero.
    """
    from arch import arch_model

    volatility: dict[int, Floats] = {}
    residuals: dict[int, Floats] = {}
    until = known_until(table)
    for past in pasts(table.test):
        last = until[past.number]
        model = arch_model(past.returns, mean="Zero", vol="GARCH", p=1, o=1, q=1, dist="t", rescale=False)
        fitted = model.fit(last_obs=last, disp="off", show_warning=False)
        scale = np.asarray(model.fix(fitted.params).conditional_volatility, dtype=np.float64)
        ahead = _one_more(scale, past.returns, fitted.params)
        volatility[past.number] = ahead
        scaled = past.returns[:last] / scale[:last]
        residuals[past.number] = np.quantile(scaled, table.problem.quantiles)
    return ScaledResiduals(volatility, residuals)


def _one_more(scale: Floats, returns: Floats, parameters: dict[str, float]) -> Floats:
    """(T + 1,) volatilities with that of the day after the last return."""
    last = returns[-1]
    variance = (
        parameters["omega"]
        + (parameters["alpha[1]"] + parameters["gamma[1]"] * (last < 0)) * last**2
        + parameters["beta[1]"] * scale[-1] ** 2
    )
    return np.append(scale, np.sqrt(variance))
