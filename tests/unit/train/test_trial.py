"""A dry run trains for a moment: at least one batch, nothing is kept, and the estimate follows from it."""

from __future__ import annotations

import pytest
import torch

from testamur.contracts.errors import DeviceOutOfMemory
from testamur.contracts.model import TrainingOptions
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions
from testamur.train.trial import try_out

from .conftest import SMALL, draw_table


def run(budget_s: float, **training):
    options = TrainingOptions.parse({"epochs": 7, "batch_size": 32, "threads": 1, **training})
    return try_out(
        TABULAR, TabularOptions(**SMALL), options, draw_table(), seed=0, device="cpu", budget_s=budget_s
    )


def test_one_batch_at_least_is_run_and_the_rest_is_estimated():
    trial = run(0.0)
    assert 1 <= trial.n_tried < trial.n_batches
    assert trial.batch_size == 32
    assert trial.seconds_at_most == pytest.approx(7 * trial.seconds_per_epoch)
    assert trial.seconds_per_epoch > 0
    assert 50 < trial.host_mib < 100_000
    assert (trial.device, trial.device_mib) == ("cpu", 0.0)
    assert trial.n_parameters > 100


def test_a_short_epoch_is_measured_whole():
    trial = run(600.0)
    assert trial.n_tried == trial.n_batches


def test_what_would_end_the_training_ends_the_trial(monkeypatch):
    def full(*arguments):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("testamur.train.rows_form.training_loss", full)
    with pytest.raises(DeviceOutOfMemory):
        run(0.0)
