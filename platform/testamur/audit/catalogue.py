"""All checks of the core, in the order of the report."""

from __future__ import annotations

from testamur.audit import (
    anonymity,
    calibration,
    data_quality,
    datasheet,
    duplicates,
    energy,
    explanation,
    fairness,
    fairness_further,
    fairness_other,
    fairness_price,
    forecast,
    leakage,
    oversight,
    performance,
    personal_data,
    privacy_attacks,
    private_training,
    ranking,
    representativeness,
    robustness,
    self_proof,
)
from testamur.contracts.check import CheckSpec

ALL_CHECKS: tuple[CheckSpec, ...] = (
    *datasheet.CHECKS,
    *data_quality.CHECKS,
    *duplicates.CHECKS,
    *representativeness.CHECKS,
    *leakage.CHECKS,
    *personal_data.CHECKS,
    *anonymity.CHECKS,
    *private_training.CHECKS,
    *privacy_attacks.CHECKS,
    *performance.CHECKS,
    *calibration.CHECKS,
    *fairness.CHECKS,
    *fairness_other.CHECKS,
    *fairness_price.CHECKS,
    *fairness_further.CHECKS,
    *ranking.CHECKS,
    *forecast.CHECKS,
    *explanation.CHECKS,
    *robustness.CHECKS,
    *energy.CHECKS,
    *oversight.CHECKS,
    *self_proof.CHECKS,
)
