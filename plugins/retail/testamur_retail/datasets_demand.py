"""Series of demand: CDs sold a day by price class, and a folder or file of one's own."""

from __future__ import annotations

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    SplitKind,
    SplitRule,
    WindowRule,
)
from testamur_retail.sources import DAILY_SOURCE

RAW = (
    ColumnSpec(
        name="series",
        role=Role.IGNORED,  # need not be there: then it is one series
        kind=ColumnKind.CATEGORICAL,
        label="series (product, shop)",
    ),
    ColumnSpec(name="date", role=Role.TIME, kind=ColumnKind.DATETIME, label="day"),
    ColumnSpec(
        name="sold",
        role=Role.TARGET,
        kind=ColumnKind.NUMERIC,
        label="pieces sold",
        description="Negative: a return",
    ),
)

DAILY = DatasetSpec(
    key="retail.cdnow_daily",
    title="CDs sold a day, CDNOW",
    summary=(
        "CDs sold on each of 546 days in five price classes, to the customers won in the first quarter of "
        "1997."
    ),
    problem=Problem(kind=ProblemKind.FORECAST, target="sold", horizon=14, season=7, step="day"),
    columns=(
        ColumnSpec(name="series", role=Role.ENTITY, kind=ColumnKind.CATEGORICAL, label="price class"),
        ColumnSpec(name="date", role=Role.TIME, kind=ColumnKind.DATETIME, label="day"),
        ColumnSpec(name="sold", role=Role.TARGET, kind=ColumnKind.NUMERIC, label="CDs sold", unit="CDs"),
    ),
    source=DAILY_SOURCE,
    resource="testamur_retail:data/cdnow_daily.csv",
    reader="testamur_retail.inventory.read:read_series",
    raw=RAW,
    prepare="testamur_retail.inventory.prepare:prepare_series",
    windows=WindowRule(length=56, stride=1, test_stride=7),
    split=SplitRule(kind=SplitKind.ROLLING, validation=0.15, test=0.25),
    subjects="price classes",
    caveats=(
        "Sales fall by design: the data follow one cohort of customers, won in the first quarter of 1997, "
        "and nobody new comes in later. A plan that trusts last year's level orders too much; a real shop "
        "wins new customers.",
        "Sales are taken for demand: what customers asked for and did not get is not in the data.",
        "Price classes stand in for products (mean price of an order's CDs): what is really stocked is not "
        "known.",
        "There is no person in the data, and so no protected attribute.",
    ),
    fit_for="Trying out a reorder plan, comparing methods, teaching.",
    not_fit_for="Ordering CDs; statements on what a shop that wins new customers will sell.",
    policy="retail.stock",
)
