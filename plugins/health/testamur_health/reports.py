"""What the health domain adds to the pages."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.finding import Section
from testamur.contracts.report_spec import ReportKind, ReportSpec

COHORTS = ("health.nhefs", "health.cleveland")

TRIPOD = ReportSpec(
    key="health.tripod",
    kind=ReportKind.SECTION,
    section=Section.OVERSIGHT,
    title="TRIPOD+AI",
    question="Which items of the reporting guideline does this report answer, and on which is it silent?",
    render="testamur_health.clinical.tripod:render",
    template="testamur_health:templates/tripod.html.j2",
    problems=(ProblemKind.BINARY,),
    datasets=COHORTS,
)
