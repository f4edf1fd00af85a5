"""How much retraining an attack may cost, and what fits into it."""

from __future__ import annotations

from testamur.contracts.check import AuditInput
from testamur.contracts.job import PrivacyAttacks

LEAST_S = 10.0  # what a short training leaves room for


def attack_seconds(given: AuditInput) -> float:
    """Seconds that retraining may take: as the training took, at least ten, unless the job says otherwise."""
    if given.options.privacy_attacks is PrivacyAttacks.ALL:
        return float("inf")
    if given.options.privacy_seconds is not None:
        return given.options.privacy_seconds
    return max(LEAST_S, given.training.seconds if given.training is not None else 0.0)


def is_affordable(given: AuditInput, n_rows: int, n_models: int) -> bool:
    """True where a recipe is at hand and may be trained again so many times on so many rows."""
    if given.trainer is None or given.options.privacy_attacks is PrivacyAttacks.NONE:
        return False
    return given.trainer.estimate_seconds(n_rows, n_models) <= attack_seconds(given)
