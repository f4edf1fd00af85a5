"""What the education domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur_education.checks.catalogue import CHECKS
from testamur_education.datasets.answers import ANSWERS as ANSWER_SET
from testamur_education.datasets.course import COURSE, COURSE_DENSE
from testamur_education.datasets.grades import GPA2, STAR
from testamur_education.datasets.ratings import INSTEVAL
from testamur_education.datasets.swesat import QUANT, VERB
from testamur_education.models import MODELS
from testamur_education.policies.early_warning import EARLY_WARNING, READING
from testamur_education.policies.resources import ANSWERS, RECOMMENDATION
from testamur_education.policies.tests import ITEM_REVIEW, MASTERY
from testamur_education.reports.catalogue import REPORTS


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer grades, answers to tests, ratings and a course with questions."""
    return [GPA2, STAR, QUANT, VERB, ANSWER_SET, INSTEVAL, COURSE, COURSE_DENSE]


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer models of risk, of answers and of passages, each with a classical baseline beside it."""
    return list(MODELS)


@hookimpl
def register_checks() -> list[CheckSpec]:
    """Offer the questions that teachers and those who set tests ask."""
    return list(CHECKS)


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold before anyone relies on a model of students."""
    return [EARLY_WARNING, READING, MASTERY, ITEM_REVIEW, ANSWERS, RECOMMENDATION]


@hookimpl
def register_reports() -> list[ReportSpec]:
    """Offer pages for teachers, learners, those who set tests, and those who ask a course."""
    return list(REPORTS)
