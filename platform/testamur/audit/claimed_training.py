"""A training of which nothing is known but what it says that it spent of people's privacy."""

from __future__ import annotations

from testamur.contracts.model import TrainingSummary
from testamur.contracts.privacy import PrivacySpent


def claim_training(model: str, spent: PrivacySpent | None) -> TrainingSummary:
    """The summary of a training that was not run, for planted faults and golden cases.

    Args:
        model: Key under which it is told.
        spent: What it claims; None: it was not private.
    """
    return TrainingSummary(
        model=model, options={}, n_parameters=0, epochs_run=0, best_epoch=0, stopped_early=False,
        device="cpu", precision="fp32", batch_size=0, seconds=0.0, history=(), privacy=spent,
    )  # fmt: skip
