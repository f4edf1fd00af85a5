"""What the health domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur_health.clinical.cleveland import CLEVELAND
from testamur_health.datasets import NHEFS
from testamur_health.models import RISK
from testamur_health.policy import DEFAULT
from testamur_health.reports import TRIPOD


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer two cohorts of clinical risk."""
    return [NHEFS, CLEVELAND]


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer a risk model with defaults for cohorts of a few thousand people."""
    return [RISK]


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold for a clinical risk model before anyone relies on it."""
    return [DEFAULT]


@hookimpl
def register_reports() -> list[ReportSpec]:
    """Offer the checklist of TRIPOD+AI for clinical risk."""
    return [TRIPOD]
