"""What the health domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur_health.datasets import NHEFS
from testamur_health.models import RISK
from testamur_health.policy import DEFAULT


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer the smokers of the NHANES I follow-up study."""
    return [NHEFS]


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer a risk model with defaults for cohorts of a few thousand people."""
    return [RISK]


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what should hold for a clinical risk model before anyone relies on it."""
    return [DEFAULT]
