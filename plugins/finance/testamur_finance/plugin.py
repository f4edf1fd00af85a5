"""What the finance domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur_finance.checks.credit import CREDIT_CHECKS
from testamur_finance.checks.market import MARKET_CHECKS
from testamur_finance.datasets.german import GERMAN
from testamur_finance.datasets.loanapp import LOANAPP
from testamur_finance.datasets.markets import MARKETS
from testamur_finance.models import ALLOCATION, RETURNS, SCORECARD
from testamur_finance.policies.credit import CREDIT_POLICIES
from testamur_finance.policies.market import MARKET_POLICIES
from testamur_finance.reports.specs import REPORTS


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer credit files and daily prices."""
    return [GERMAN, LOANAPP, *MARKETS]


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer the scorecard, the forecast of returns and the allocation that rests on it."""
    return [SCORECARD, RETURNS, ALLOCATION]


@hookimpl
def register_checks() -> list[CheckSpec]:
    """Offer the questions that a lender, a risk officer and an adviser are asked."""
    return [*CREDIT_CHECKS, *MARKET_CHECKS]


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold, per application and jurisdiction."""
    return [*CREDIT_POLICIES, *MARKET_POLICIES]


@hookimpl
def register_reports() -> list[ReportSpec]:
    """Offer the pages of the lender, the risk officer and the adviser."""
    return [*REPORTS]
