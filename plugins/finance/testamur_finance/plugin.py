"""What the finance domain adds to Testamur: one function per hook."""

from __future__ import annotations

from testamur import hookimpl
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.policy import Policy

from testamur_finance.datasets import SAMPLE
from testamur_finance.policy import DEFAULT


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    """Offer the synthetic sample."""
    return [SAMPLE]


@hookimpl
def register_policies() -> list[Policy]:
    """Offer what must hold for a model of this domain."""
    return [DEFAULT]
