"""The report pages of the education domain, declared."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.report_spec import ReportKind, ReportSpec

PLAIN = "testamur_education:templates/plain.html.j2"
TESTS = ("education.swesat_quant", "education.swesat_verb", "education.answers")
BINARY = (ProblemKind.BINARY,)

REPORTS = (
    ReportSpec(
        key="education.class_risk",
        kind=ReportKind.INSIGHT,
        title="A class at risk",
        question="How many students need help, whom do talks reach, and what is not known?",
        render="testamur_education.reports.early_warning:render",
        batch="testamur_education.reports.early_warning:batch",
        template=PLAIN,
        problems=BINARY,
        datasets=("education.gpa2", "education.star"),
    ),
    ReportSpec(
        key="education.class_mastery",
        kind=ReportKind.INSIGHT,
        title="What a class masters",
        question=(
            "How able are the learners, how sure is that, and is the recommended practice as hard as it says?"
        ),
        render="testamur_education.reports.mastery:render",
        template=PLAIN,
        problems=BINARY,
        datasets=TESTS[:2],
    ),
    ReportSpec(
        key="education.learner",
        kind=ReportKind.INSIGHT,
        title="Your ability and your path",
        question="What do you master, how sure is that, and what should you practise next?",
        render="testamur_education.reports.learner:render",
        batch="testamur_education.reports.learner:batch",
        template=PLAIN,
        problems=BINARY,
        datasets=TESTS[:2],
        restricted=True,
    ),
    ReportSpec(
        key="education.items",
        kind=ReportKind.INSIGHT,
        title="Review of items",
        question="Which items are harder for a group than for others of the same score?",
        render="testamur_education.reports.items:render",
        template=PLAIN,
        problems=BINARY,
        datasets=TESTS[2:],
    ),
    ReportSpec(
        key="education.course_page",
        kind=ReportKind.INSIGHT,
        title="Questions and answers",
        question="What does the course say to a question, and when does it say nothing?",
        render="testamur_education.reports.course:render",
        batch="testamur_education.reports.course:batch",
        template="testamur_education:templates/course.html.j2",
        problems=BINARY,
        datasets=("education.course", "education.course_dense"),
    ),
    ReportSpec(
        key="education.lists",
        kind=ReportKind.INSIGHT,
        title="Recommended lecturers",
        question="Are the lists worth showing, and whom do they put out of sight?",
        render="testamur_education.reports.lists:render",
        template=PLAIN,
        problems=(ProblemKind.RANKING,),
        datasets=("education.insteval",),
    ),
)
