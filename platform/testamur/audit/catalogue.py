"""All checks of the core, in the order of the report."""

from __future__ import annotations

from testamur.audit import (
    anonymity,
    calibration,
    data_quality,
    fairness,
    fairness_other,
    forecast,
    leakage,
    performance,
    personal_data,
    ranking,
    self_proof,
)
from testamur.contracts.check import CheckSpec

ALL_CHECKS: tuple[CheckSpec, ...] = (
    *data_quality.CHECKS,
    *leakage.CHECKS,
    *personal_data.CHECKS,
    *anonymity.CHECKS,
    *performance.CHECKS,
    *calibration.CHECKS,
    *fairness.CHECKS,
    *fairness_other.CHECKS,
    *ranking.CHECKS,
    *forecast.CHECKS,
    *self_proof.CHECKS,
)
