"""What the retail domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur_retail.checks import CHECKS
from testamur_retail.datasets import DATASETS
from testamur_retail.models import MODELS
from testamur_retail.policy import POLICIES
from testamur_retail.reports import REPORTS


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer daily sales, users' choices of films, and customers."""
    return DATASETS


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer a demand forecast with the terms of a plan, and a model of customers beside BG/NBD."""
    return MODELS


@hookimpl
def register_checks() -> list[CheckSpec]:
    """Offer the trial of the reorder plan, the shelf, the money, the segments and the offers."""
    return CHECKS


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold before a buyer, a merchandiser or a marketer relies on a model."""
    return POLICIES


@hookimpl
def register_reports() -> list[ReportSpec]:
    """Offer the buyer's, the merchandiser's and the marketer's page."""
    return REPORTS
