"""Statlog German credit: a thousand credits of a German bank, 1973-75."""

from __future__ import annotations

from testamur.contracts.dataset import DatasetSpec, Problem, ProblemKind, Role, Source, SplitRule
from testamur_finance.datasets.german_columns import (
    applicant_columns,
    circumstance_columns,
    credit_columns,
    standing_columns,
)

COLUMNS = (*applicant_columns(), *credit_columns(), *standing_columns(), *circumstance_columns())

GERMAN = DatasetSpec(
    key="finance.german",
    title="Statlog German credit",
    summary="1,000 applicants who were granted credit by a German bank in 1973-75; 300 credits went badly.",
    problem=Problem(
        kind=ProblemKind.BINARY, target="risk", positive="bad", event="did not pay back as agreed"
    ),
    columns=COLUMNS,
    source=Source(
        title="Statlog (German Credit Data)",
        citation=(
            "H. Hofmann: Statlog (German Credit Data), UCI Machine Learning Repository (1994), "
            "doi:10.24432/C5NC77"
        ),
        url="https://archive.ics.uci.edu/dataset/144/statlog+german+credit+data",
        licence="CC BY 4.0",
        attribution="Hans Hofmann, Universität Hamburg; codes decoded into words for Testamur",
        sha256="393ca98177fc98c3de59f3092d7668b6de001b03b8a806a204b5b3fade6c6bbc",
    ),
    resource="testamur_finance:data/german.csv",
    carried=tuple(c.name for c in COLUMNS if c.role is Role.FEATURE),
    split=SplitRule(validation=0.2, test=0.3, seed=20),
    subjects="applicants",
    quasi_identifiers=("age", "sex", "foreign_worker", "job", "housing", "employment"),
    caveats=(
        "Granted credits only: nothing is known of those whom the bank turned down.",
        "Bad credits were drawn more often than they occur: 30 % in the file, about 5 % at the bank "
        "(Groemping 2019). A probability from this file is not the probability at a lender.",
        "The documentation of several codes is doubted: Groemping (2019, South German Credit Data) finds "
        "that single women share a code with men, so that 'sex' here is what UCI documents and not "
        "certain; that 'foreign worker' is the wrong way round; and that the levels of credit history, "
        "savings and checking account are documented in the wrong order.",
        "Marital status shared a code with sex; only sex was kept.",
        "West Germany, 1973-75, amounts in Deutsche Mark: laws, prices and habits have changed since.",
        "The file states costs: granting a bad credit costs 5, refusing a good one 1.",
    ),
    fit_for="Teaching, method comparison, and showing how a credit model is examined, on real records.",
    not_fit_for="Decisions about anyone; setting a price or a limit; statements about today's lending.",
    policy="finance.credit_eu",
)
