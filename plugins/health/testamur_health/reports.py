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
CLINICIAN = ReportSpec(
    key="health.clinician",
    kind=ReportKind.INSIGHT,
    title="For the clinician",
    question="Could this risk model be of use, for whom, and whom does it miss?",
    render="testamur_health.insight.clinician:render",
    batch="testamur_health.insight.clinician:render_batch",
    template="testamur_health:templates/clinician.html.j2",
    problems=(ProblemKind.BINARY,),
    datasets=COHORTS,
)
CHANGES = ReportSpec(
    key="health.changes",
    kind=ReportKind.INSIGHT,
    title="What would have to differ",
    question=(
        "For single people who are flagged: would the model answer otherwise if something changeable "
        "differed?"
    ),
    render="testamur_health.insight.changes:render",
    template="testamur_health:templates/changes.html.j2",
    problems=(ProblemKind.BINARY,),
    datasets=("health.nhefs",),
    restricted=True,
)
PERSON = ReportSpec(
    key="health.person",
    kind=ReportKind.INSIGHT,
    title="Your figures",
    question="How have I been, was a day unlike my others, and what do guidelines advise?",
    render="testamur_health.insight.person:render",
    batch="testamur_health.insight.person_new:render_new",
    template="testamur_health:templates/person.html.j2",
    problems=(ProblemKind.FORECAST,),
    datasets=("health.monitoring",),
    restricted=True,
)
GLUCOSE = ReportSpec(
    key="health.glucose_warning",
    kind=ReportKind.INSIGHT,
    title="Glucose early warning",
    question=(
        "Would it have warned in time, how often for nothing, and is that more than the trend arrow does?"
    ),
    render="testamur_health.insight.glucose:render",
    template="testamur_health:templates/glucose.html.j2",
    problems=(ProblemKind.FORECAST,),
    datasets=("health.glucose",),
    restricted=True,
)
ACTIVITY = ReportSpec(
    key="health.exercises",
    kind=ReportKind.INSIGHT,
    title="Exercises recognised",
    question="Which exercises does it recognise in people it has never seen, and what does it take them for?",
    render="testamur_health.insight.activity:render",
    template="testamur_health:templates/activity.html.j2",
    problems=(ProblemKind.MULTICLASS,),
    datasets=("health.activity",),
)
REPORTS = (TRIPOD, CLINICIAN, CHANGES, PERSON, GLUCOSE, ACTIVITY)
