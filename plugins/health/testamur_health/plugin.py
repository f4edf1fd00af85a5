"""What the health domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur_health.activity.checks import RECORDINGS
from testamur_health.activity.dataset import EXERCISE
from testamur_health.activity.policy import ACTIVITY as ACTIVITY_POLICY
from testamur_health.clinical.checks import CHANGES
from testamur_health.clinical.cleveland import CLEVELAND
from testamur_health.datasets import NHEFS
from testamur_health.glucose.checks import ALARMS, ERRORS
from testamur_health.glucose.dataset import CGM
from testamur_health.glucose.policy import GLUCOSE
from testamur_health.models import ACTIVITY, RISK
from testamur_health.monitoring.checks import ALERTS, PERSON
from testamur_health.monitoring.dataset import MONITORING
from testamur_health.monitoring.policy import MONITORING as MONITORING_POLICY
from testamur_health.policy import DEFAULT
from testamur_health.reports import REPORTS


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer two cohorts of clinical risk, a glucose monitor, a wearable's days, exercises."""
    return [NHEFS, CLEVELAND, CGM, MONITORING, EXERCISE]


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer a risk model for cohorts of a few thousand people, and a recogniser of exercises."""
    return [RISK, ACTIVITY]


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold before anyone relies on a risk, a glucose warning or an alert."""
    return [DEFAULT, GLUCOSE, MONITORING_POLICY, ACTIVITY_POLICY]


@hookimpl
def register_checks() -> list[CheckSpec]:
    """Offer the questions that only this domain asks."""
    return [CHANGES, ALARMS, ERRORS, ALERTS, PERSON, RECORDINGS]


@hookimpl
def register_reports() -> list[ReportSpec]:
    """Offer the checklist of TRIPOD+AI and the pages that clinicians and persons came for."""
    return list(REPORTS)
