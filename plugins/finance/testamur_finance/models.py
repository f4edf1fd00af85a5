"""The models of the finance domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import InputShape, ModelSpec
from testamur_finance.options import AllocationOptions, ReturnsOptions, ScorecardOptions

SCORECARD = ModelSpec(
    key="finance.scorecard",
    title="Scorecard",
    summary="Points per feature that add up to log-odds: fitted exactly, explained exactly.",
    problems=(ProblemKind.BINARY,),
    build="testamur_finance.nets.scorecard:build",
    before="testamur_finance.nets.scorecard:fit_points",
    options=ScorecardOptions,
    citation="T. Hastie, R. Tibshirani: Generalized additive models, 1990; penalised by ridge",
)

BASELINES = {
    "historical": "testamur_finance.market.baselines:fit_historical",
    "ewma": "testamur_finance.market.baselines:fit_ewma",
    "garch": "testamur_finance.market.baselines:fit_garch",
}
RETURNS = ModelSpec(
    key="finance.returns",
    title="Daily returns",
    summary="Quantiles (or the mean) of the next day's return: an LSTM or MLP around EWMA volatility.",
    problems=(ProblemKind.FORECAST,),
    input_shape=InputShape.WINDOWS,
    build="testamur_finance.nets.returns:build",
    before="testamur_finance.nets.settle:settle_quantiles",
    after="testamur_finance.nets.settle:stretch_quantiles",
    options=ReturnsOptions,
    baselines=BASELINES,
    citation=(
        "R. Koenker, G. Bassett (1978); J. Taylor: A quantile regression neural network approach, J. "
        "Forecasting 19 (2000) 299-311; S. Hochreiter, J. Schmidhuber (1997)"
    ),
)
ALLOCATION = RETURNS.model_copy(
    update={
        "key": "finance.allocation",
        "title": "Allocation",
        "summary": (
            "The forecast of daily returns, with a client's answers and the walk-forward of portfolios."
        ),
        "options": AllocationOptions,
    }
)
