"""What the core offers, through the same hooks as every plugin."""

from __future__ import annotations

from testamur.audit.catalogue import ALL_CHECKS
from testamur.audit.core_policy import CORE_POLICIES
from testamur.contracts.check import CheckSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Policy
from testamur.hooks.markers import hookimpl
from testamur.train.models import CORE_MODELS


@hookimpl
def register_models() -> list[ModelSpec]:
    """Offer the core's tabular model."""
    return list(CORE_MODELS)


@hookimpl
def register_checks() -> list[CheckSpec]:
    """Offer the core's checks."""
    return list(ALL_CHECKS)


@hookimpl
def register_policies() -> list[Policy]:
    """Offer the policy that holds where a domain has none."""
    return list(CORE_POLICIES)
