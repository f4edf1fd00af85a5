"""The learning rate over a training."""

from __future__ import annotations

import math

import numpy as np

from testamur.contracts.model import TrainingOptions

FINAL_RATE = 0.1  # of the learning rate, where cosine decay is on


def learning_rate(training: TrainingOptions, epoch: int, batch: int, n_batches: int) -> float:
    """Linear warm-up, then constant, or a cosine down to a tenth.

    Args:
        training: Rate, warm-up, decay and epochs.
        epoch: From 1.
        batch: Of the epoch, from 0.
        n_batches: Of an epoch.
    """
    done = (epoch - 1) * n_batches + batch + 1
    warm = training.warmup_epochs * n_batches
    if done < warm:
        return training.learning_rate * done / warm
    if not training.cosine_decay:
        return training.learning_rate
    way = (done - warm) / max(training.epochs * n_batches - warm, 1)
    shape = FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(way, 1.0)))
    return training.learning_rate * shape


def epoch_seeds(seed: int, epoch: int) -> tuple[int, int]:
    """Seeds of an epoch's dropout and of the order of its rows; seed and epoch alone decide them."""
    own = np.random.SeedSequence([seed, epoch]).generate_state(2, np.uint64)
    return int(own[0] >> np.uint64(1)), int(own[1] >> np.uint64(1))
