"""Customers at four snapshots: who falls silent, and what the others spend."""

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
)
from testamur_retail.sources import CDNOW, CDNOW_FETCH

RAW = (
    ColumnSpec(name="customer", role=Role.IDENTIFIER, kind=ColumnKind.CATEGORICAL, label="customer"),
    ColumnSpec(name="date", role=Role.TIME, kind=ColumnKind.DATETIME, label="day of the order"),
    ColumnSpec(
        name="value", kind=ColumnKind.NUMERIC, label="value of the order", description="Negative: a return"
    ),
    ColumnSpec(
        name="quantity",
        role=Role.IGNORED,  # need not be there
        kind=ColumnKind.NUMERIC,
        label="pieces",
        description="Negative: a return",
    ),
    ColumnSpec(
        name="order",
        role=Role.IGNORED,  # need not be there
        kind=ColumnKind.CATEGORICAL,
        label="number of the order",
        description="Where it is known, lines that were read twice are dropped",
    ),
)
FEATURES = (
    ("orders", "days with a purchase", "days", "Since the first one"),
    ("weeks_since_last", "since the last purchase", "weeks", "Recency"),
    ("weeks_since_first", "since the first purchase", "weeks", "Age as a customer"),
    ("mean_value", "mean value of a purchase", "money", "Net of returns"),
    ("last_value", "value of the last purchase", "money", "Net of returns"),
    ("total_value", "money spent so far", "money", "Net of returns"),
    ("mean_quantity", "pieces a purchase", "pieces", "Mean"),
    ("mean_gap", "between purchases, mean", "weeks", "Empty for one purchase"),
    ("last_gap", "between the last two purchases", "weeks", "Empty for one purchase"),
    ("orders_quarter", "purchases in the last 13 weeks", "days", ""),
    ("orders_quarter_before", "purchases in the 13 weeks before", "days", ""),
    ("value_quarter", "money spent in the last 13 weeks", "money", "Net of returns"),
    ("returned_share", "share of the money returned", "", "None is known in CDNOW"),
)
KNOWN_LATER = "known only thirteen weeks after the moment of prediction"
CARRIED = ("repeats", "recency", "age", "repeat_value", "n_valued", "total_value", "spend_next")
CAVEATS = (
    "No protected attribute: the data set holds no sex, age or place of a customer, so that nothing can be "
    "said of groups. A file of one's own with such a column, named in protected, is audited by group.",
    "A customer stands in the data once per snapshot, a quarter apart; the same customers are trained on "
    "and tested, always on a later quarter. New customers are therefore not tested.",
    "One cohort: every customer bought for the first time in the first quarter of 1997. Sales and purchases "
    "fall by design as the cohort ages, and 1998 is predicted by what 1997 taught.",
    "Orders of one day count as one purchase, 255 lines are repeated word for word and cannot be told from "
    "two like orders; 80 orders of no value are purchases without money.",
)
SPLIT = SplitRule(kind=SplitKind.TIME, validation=0.25, test=0.25)


def _columns(target: ColumnSpec) -> tuple[ColumnSpec, ...]:
    known = [
        ColumnSpec(name=name, kind=ColumnKind.NUMERIC, label=label, unit=unit, description=words)
        for name, label, unit, words in FEATURES
    ]
    counted = [
        ColumnSpec(name=name, role=Role.IGNORED, kind=ColumnKind.NUMERIC)
        for name in (*CARRIED, "orders_next")
        if name not in {feature[0] for feature in FEATURES} | {target.name}
    ]
    return (
        ColumnSpec(name="customer", role=Role.ENTITY, kind=ColumnKind.CATEGORICAL, label="customer"),
        ColumnSpec(name="snapshot", role=Role.TIME, kind=ColumnKind.DATETIME, label="day of the prediction"),
        target,
        *known,
        *counted,
    )


CHURN = DatasetSpec(
    key="retail.churn",
    title="Customers who fall silent, CDNOW",
    summary=(
        "23,570 customers of a CD shop at four days a quarter apart, and who of them bought nothing in the "
        "thirteen weeks after."
    ),
    problem=Problem(
        kind=ProblemKind.BINARY,
        target="churned",
        positive="yes",
        event="bought nothing in the next thirteen weeks",
    ),
    columns=_columns(
        ColumnSpec(
            name="churned",
            role=Role.TARGET,
            kind=ColumnKind.CATEGORICAL,
            label="fell silent",
            values={"yes": "bought nothing", "no": "bought again"},
        )
    ),
    source=CDNOW,
    fetch=CDNOW_FETCH,
    raw=RAW,
    prepare="testamur_retail.customers.prepare:prepare_churn",
    prepare_new="testamur_retail.customers.prepare:prepare_new",
    carried=("customer", *CARRIED),
    split=SPLIT,
    subjects="customers",
    leaks={"spend_next": KNOWN_LATER, "orders_next": KNOWN_LATER},
    caveats=CAVEATS,
    fit_for="Ordering whom to write to, comparing methods, teaching.",
    not_fit_for="Prices, terms or refusals for a single customer; shops whose customers sign contracts.",
    policy="retail.churn_policy",
)
VALUE = DatasetSpec(
    key="retail.value",
    title="What customers spend next, CDNOW",
    summary=(
        "23,570 customers of a CD shop at four days a quarter apart, and what they spent in the thirteen "
        "weeks after."
    ),
    problem=Problem(kind=ProblemKind.REGRESSION, target="spend_ahead"),
    columns=_columns(
        ColumnSpec(
            name="spend_ahead",
            role=Role.TARGET,
            kind=ColumnKind.NUMERIC,
            label="spent in the next thirteen weeks",
            unit="dollars",
        )
    ),
    source=CDNOW,
    fetch=CDNOW_FETCH,
    raw=RAW,
    prepare="testamur_retail.customers.prepare:prepare_value",
    prepare_new="testamur_retail.customers.prepare:prepare_new",
    carried=("customer", *CARRIED),
    split=SPLIT,
    subjects="customers",
    leaks={"spend_next": KNOWN_LATER, "orders_next": KNOWN_LATER},
    caveats=CAVEATS,
    fit_for="Budgets for keeping customers, comparing methods, teaching.",
    not_fit_for="Prices, terms or refusals for a single customer; shops whose customers sign contracts.",
    policy="retail.value_policy",
)
