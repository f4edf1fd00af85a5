"""The pages of the retail domain."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.report_spec import ReportKind, ReportSpec

CUSTOMERS = ("retail.churn", "retail.value")
TEMPLATE = "testamur_retail:templates/page.html.j2"

BUYER = ReportSpec(
    key="retail.buyer",
    kind=ReportKind.INSIGHT,
    title="Reorder plan",
    question="What should be ordered, and was ordering by this plan worth it on days nobody had seen?",
    render="testamur_retail.insight.buyer:show_plan",
    batch="testamur_retail.insight.new_data:plan_new",
    template=TEMPLATE,
    problems=(ProblemKind.FORECAST,),
    datasets=("retail.cdnow_daily",),
)
MERCHANDISER = ReportSpec(
    key="retail.merchandiser",
    kind=ReportKind.INSIGHT,
    title="What is on the shelf",
    question="What is shown to whom, what is never shown, and does it serve every group?",
    render="testamur_retail.insight.merchandiser:show_shelf",
    template=TEMPLATE,
    problems=(ProblemKind.RANKING,),
    datasets=("retail.movielens",),
)
LISTS = ReportSpec(
    key="retail.lists",
    kind=ReportKind.INSIGHT,
    title="Lists of single customers",
    question="What would one customer be shown, and because of what?",
    render="testamur_retail.insight.merchandiser:show_lists",
    batch="testamur_retail.insight.new_data:list_new",
    template=TEMPLATE,
    problems=(ProblemKind.RANKING,),
    datasets=("retail.movielens",),
    restricted=True,
)
MARKETER = ReportSpec(
    key="retail.marketer",
    kind=ReportKind.INSIGHT,
    title="Customers: money, segments, offers",
    question="Where is the money of the next thirteen weeks, and which segments are real?",
    render="testamur_retail.insight.marketer:show_customers",
    template=TEMPLATE,
    problems=(ProblemKind.BINARY, ProblemKind.REGRESSION),
    datasets=CUSTOMERS,
)
PEOPLE = ReportSpec(
    key="retail.people",
    kind=ReportKind.INSIGHT,
    title="Customers worth a call",
    question="Which customers have most money at stake, how sure is that, and why?",
    render="testamur_retail.insight.marketer:show_people",
    batch="testamur_retail.insight.new_customers:list_new_customers",
    template=TEMPLATE,
    problems=(ProblemKind.BINARY, ProblemKind.REGRESSION),
    datasets=CUSTOMERS,
    restricted=True,
)
REPORTS = [BUYER, MERCHANDISER, LISTS, MARKETER, PEOPLE]
