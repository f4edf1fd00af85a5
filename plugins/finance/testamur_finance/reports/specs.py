"""The insight pages of the finance domain, as they are registered."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.report_spec import ReportKind, ReportSpec

PAGE = "testamur_finance:templates/insight.html.j2"
CREDIT_DATA = ("finance.german", "finance.loanapp")
PRICES = ("finance.sp500", "finance.nasdaq", "finance.stocks", "finance.portfolio")

CREDIT = ReportSpec(
    key="finance.credit_page",
    kind=ReportKind.INSIGHT,
    title="Credit decisions",
    question="Who is approved, at which cost, why are others refused, and could it be done otherwise?",
    render="testamur_finance.reports.credit:make_credit",
    template=PAGE,
    problems=(ProblemKind.BINARY,),
    datasets=CREDIT_DATA,
    batch="testamur_finance.reports.batch:make_credit_batch",
)
LETTERS = ReportSpec(
    key="finance.letters_page",
    kind=ReportKind.INSIGHT,
    title="Reasons for refused applicants",
    question="What would each refused applicant be told?",
    render="testamur_finance.reports.letters:make_letters",
    template="testamur_finance:templates/letters.html.j2",
    problems=(ProblemKind.BINARY,),
    datasets=CREDIT_DATA,
    restricted=True,
)
MARKET = ReportSpec(
    key="finance.market_page",
    kind=ReportKind.INSIGHT,
    title="Next day's return",
    question="How far may prices move by tomorrow, and what cannot be told?",
    render="testamur_finance.reports.market:make_market",
    template=PAGE,
    problems=(ProblemKind.FORECAST,),
    datasets=PRICES,
    batch="testamur_finance.reports.batch:make_market_batch",
)
ADVICE = ReportSpec(
    key="finance.advice_page",
    kind=ReportKind.INSIGHT,
    title="Allocation for a client",
    question="How could the money be spread for this level of risk, and how would that have gone?",
    render="testamur_finance.reports.advice:make_advice",
    template=PAGE,
    problems=(ProblemKind.FORECAST,),
    datasets=("finance.portfolio",),
)
REPORTS = (CREDIT, LETTERS, MARKET, ADVICE)
