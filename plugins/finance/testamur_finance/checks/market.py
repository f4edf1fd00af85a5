"""The checks of market forecasts and of advice, as they are registered."""

from __future__ import annotations

from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section

DATASETS = ("finance.sp500", "finance.nasdaq", "finance.stocks", "finance.portfolio")
FORECAST = (ProblemKind.FORECAST,)
GOLDEN = "testamur_finance.checks.golden_market"

PINBALL = CheckSpec(
    key="finance.market.pinball",
    section=Section.PERFORMANCE,
    title="Quantiles of the next return",
    question="Are its quantiles closer to what came than historical simulation, EWMA and GARCH?",
    formula=(
        "mean over days of max(tau (y - q), (tau - 1)(y - q)); ratio of the means; DM = d / sqrt(LRV(d) / n)"
    ),
    citation=(
        "Koenker, Bassett (1978), Econometrica 46:33; Diebold, Mariano (1995), JBES 13:253; Harvey, "
        "Leybourne, Newbold (1997); Newey, West (1987); Politis, Romano (1992)"
    ),
    needs=(Need.PREDICTIONS, Need.BASELINES, Need.TIME),
    problems=FORECAST,
    datasets=DATASETS,
    run="testamur_finance.checks.pinball:measure_pinball",
    golden=f"{GOLDEN}:pinball_cases",
)
TAILS = CheckSpec(
    key="finance.market.tails",
    section=Section.CALIBRATION,
    title="Outer quantiles",
    question="Are its bounds broken as often as it says, and not in rows?",
    formula=(
        "LR = -2 log[(1-a)^(n-x) a^x / ((1-x/n)^(n-x) (x/n)^x)], chi2(1); with independence chi2(2); Holm "
        "over series"
    ),
    citation="Kupiec (1995), J. Derivatives 3:73; Christoffersen (1998), Int. Econ. Rev. 39:841; Holm (1979)",
    needs=(Need.PREDICTIONS, Need.TIME),
    problems=FORECAST,
    datasets=DATASETS,
    run="testamur_finance.checks.tails:measure_tails",
    golden=f"{GOLDEN}:tails_cases",
)
DIRECTION = CheckSpec(
    key="finance.market.direction",
    section=Section.PERFORMANCE,
    title="Direction of the next return",
    question="Does anything here say whether tomorrow is up or down?",
    formula=(
        "R2 = 1 - sum (y - m)^2 / sum y^2; DM of y^2 - (y - m)^2; share of right signs less share of y > 0"
    ),
    citation=(
        "Diebold, Mariano (1995); Campbell, Thompson (2008), Rev. Financial Studies 21:1509; Holm (1979)"
    ),
    needs=(Need.PREDICTIONS, Need.TIME),
    problems=FORECAST,
    datasets=DATASETS,
    run="testamur_finance.checks.direction:measure_direction",
    golden=f"{GOLDEN}:direction_cases",
)
ALLOCATION = CheckSpec(
    key="finance.advice.allocation",
    section=Section.OVERSIGHT,
    title="Allocation",
    question=(
        "How would the client's money be spread, and how would that have gone on days it was not chosen on?"
    ),
    formula="w = argmin w'Sw (or risk parity, CVaR) from the days before; r_t = w'r - cost sum |dw|; paired "
    "circular block bootstrap of differences from equal weight",
    citation=(
        "Markowitz (1952); Ledoit, Wolf (2004); Spinu (2013); Rockafellar, Uryasev (2000); Michaud (1989); "
        "DeMiguel, Garlappi, Uppal (2009)"
    ),
    needs=(Need.PREDICTIONS, Need.TIME, Need.ENTITY),
    problems=FORECAST,
    datasets=("finance.portfolio",),
    run="testamur_finance.checks.allocation:measure_allocation",
    golden=f"{GOLDEN}:allocation_cases",
)
MARKET_CHECKS = (PINBALL, TAILS, DIRECTION, ALLOCATION)
