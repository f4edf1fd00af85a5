"""What the finance domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur_finance.checks.credit import CREDIT_CHECKS
from testamur_finance.datasets.german import GERMAN
from testamur_finance.models import SCORECARD
from testamur_finance.policies.credit import CREDIT_POLICIES


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer credit files."""
    return [GERMAN]


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer the scorecard."""
    return [SCORECARD]


@hookimpl
def register_checks() -> list[CheckSpec]:
    """Offer the questions that a lender is asked."""
    return [*CREDIT_CHECKS]


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold, per application and jurisdiction."""
    return [*CREDIT_POLICIES]
