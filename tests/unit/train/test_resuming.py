"""An attempt that was stopped anywhere and resumed ends with the same weights, to the last bit."""

import errno
import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.contracts.errors import Cancelled, Interrupted, StoreError
from testamur.contracts.event import EventKind
from testamur.testing.fakes import RecordingObserver
from testamur.train import checkpoint as checkpoint_module
from testamur.train import loop as loop_module
from testamur.train.checkpoint import FILE, load_checkpoint, save_checkpoint
from testamur.train.progress import Progress

from .conftest import draw_table, with_train

HERE = Path(__file__).parent


class StopsAt(RecordingObserver):
    """Interrupts at the n-th question."""

    def __init__(self, n, error=Interrupted):
        super().__init__()
        self._n, self._error = n, error

    def check_stop(self):
        self.n_stop_checks += 1
        if self.n_stop_checks == self._n:
            raise self._error("stopped from outside")


@pytest.fixture
def listening(monkeypatch):
    """The observer is asked after every batch."""
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)


def told(history):
    return [metrics.model_dump(exclude={"seconds"}) for metrics in history]


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
@pytest.mark.parametrize("at", [1, 10, 11, 12, 13, 25, 40])
def test_an_interruption_anywhere_changes_nothing(fit, listening, architecture, at):
    """Ten batches and one evaluation an epoch: in the first batch, at the seam of epochs, in the middle."""
    table, model = draw_table(weighted=True), {"architecture": architecture, "dropout": 0.3}
    whole = fit(table, folder="whole", model=model)
    with pytest.raises(Interrupted):
        fit(table, folder="torn", model=model, observer=StopsAt(at))
    resumed = fit(table, folder="torn", model=model)
    assert resumed.weights == whole.weights
    assert told(resumed.summary.history) == told(whole.summary.history)
    assert resumed.summary.resumed_from_epoch is not None
    assert whole.summary.resumed_from_epoch is None


def test_early_stopping_goes_on_where_it_was(fit, listening):
    """The wait for a better epoch is counted over attempts."""
    import numpy as np

    table = draw_table()
    noise = with_train(table, target=np.random.default_rng(0).integers(0, 2, table.train.n_rows))
    how = {"epochs": 60, "patience": 4, "learning_rate": 0.02}
    whole = fit(noise, folder="whole", **how)
    assert whole.summary.stopped_early
    at = 12 * (whole.summary.best_epoch + 2) + 3  # while it waits
    with pytest.raises(Interrupted):
        fit(noise, folder="torn", observer=StopsAt(at), **how)
    resumed = fit(noise, folder="torn", **how)
    assert resumed.summary.epochs_run == whole.summary.epochs_run
    assert resumed.weights == whole.weights


def test_many_interruptions_change_nothing(fit, listening):
    table = draw_table()
    whole = fit(table, folder="whole")
    n_stops = 0
    while True:
        try:
            resumed = fit(table, folder="torn", observer=StopsAt(6))
            break
        except Interrupted:
            n_stops += 1
    assert n_stops >= 5
    assert resumed.weights == whole.weights


def test_the_rhythm_of_checkpoints_changes_nothing(fit, listening):
    table = draw_table()
    weights = [
        fit(table, folder=f"run{i}", checkpoint_every_s=every_s, checkpoint_every_epochs=every).weights
        for i, (every_s, every) in enumerate([(0.0, 1), (0.0001, 1), (30.0, 3)])
    ]
    assert weights[0] == weights[1] == weights[2]


SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {here!r})
import conftest
from testamur.contracts.model import TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train import loop
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions

loop.LISTEN_EVERY_S = 0.0

class Dies(RecordingObserver):
    def check_stop(self):
        self.n_stop_checks += 1
        if self.n_stop_checks == 30:
            os.kill(os.getpid(), signal.SIGKILL)

fit_model(
    TABULAR, TabularOptions(**conftest.SMALL),
    TrainingOptions(epochs=4, batch_size=32, threads=1, checkpoint_every_s=0.0001),
    conftest.draw_table(), seed=0, device="cpu", folder=Path({folder!r}), observer=Dies(),
)
"""


def test_a_killed_process_is_resumed_with_the_same_result(fit, tmp_path, listening):
    table = draw_table()
    whole = fit(table, folder="whole")
    script = textwrap.dedent(SCRIPT.format(here=str(HERE), folder=str(tmp_path / "killed")))
    killed = subprocess.run([sys.executable, "-c", script], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    resumed = fit(table, folder="killed")
    assert resumed.summary.resumed_from_epoch == 2
    assert resumed.weights == whole.weights


def test_a_finished_training_is_not_done_again(fit):
    table = draw_table()
    first = fit(table)
    observer = RecordingObserver()
    again = fit(table, observer=observer)
    assert again.weights == first.weights
    assert not observer.of_kind(EventKind.EPOCH)


def test_resume_can_be_declined(fit):
    fit(draw_table())
    observer = RecordingObserver()
    fit(draw_table(), observer=observer, resume=False)
    assert len(observer.of_kind(EventKind.EPOCH)) == 4


def test_a_cancelled_attempt_raises_and_keeps_no_state_open(fit, listening):
    with pytest.raises(Cancelled):
        fit(draw_table(), observer=StopsAt(5, Cancelled))


@pytest.mark.parametrize("change", ["seed", "option", "training", "data", "problem", "rows"])
def test_a_checkpoint_of_something_else_is_left_aside(fit, change):
    import dataclasses

    table, how = draw_table(), {}
    fit(table)
    match change:
        case "seed":
            how = {"seed": 1}
        case "option":
            how = {"model": {"dropout": 0.2}}
        case "training":
            how = {"learning_rate": 0.002}
        case "data":
            table = dataclasses.replace(table, sha256="1" * 64)
        case "problem":
            table = dataclasses.replace(table, problem=table.problem.model_copy(update={"positive": "0"}))
        case "rows":
            table = with_train(table, row=table.train.row[::-1].copy())
    observer = RecordingObserver()
    summary = fit(table, observer=observer, **how).summary
    assert summary.resumed_from_epoch is None
    [log] = observer.of_kind(EventKind.LOG)
    assert "other data or options" in log["message"]
    assert len(observer.of_kind(EventKind.EPOCH)) == 4


@pytest.mark.parametrize(
    "damage", [lambda raw: b"", lambda raw: raw[: len(raw) // 2], lambda raw: b"\xff" * 64]
)
def test_a_damaged_checkpoint_is_left_aside(fit, tmp_path, damage):
    whole = fit(draw_table())
    path = tmp_path / "run" / FILE
    path.write_bytes(damage(path.read_bytes()))
    observer = RecordingObserver()
    again = fit(draw_table(), observer=observer)
    [log] = observer.of_kind(EventKind.LOG)
    assert log["level"] == "warning"
    assert "is left aside" in log["message"]
    assert again.weights == whole.weights


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "Permission denied")]
)
def test_a_checkpoint_that_cannot_be_written_spares_the_one_before(tmp_path, monkeypatch, number, words):
    save_checkpoint(tmp_path, {"w": torch.ones(3)}, Progress(epoch=2), "facts")
    before = (tmp_path / FILE).read_bytes()

    def refuse(_descriptor):
        import os

        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(checkpoint_module.os, "fsync", refuse)
    with pytest.raises(StoreError, match=words):
        save_checkpoint(tmp_path, {"w": torch.zeros(3)}, Progress(epoch=3), "facts")
    assert (tmp_path / FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_full_disk_in_training_is_explained_and_can_be_retried(fit, monkeypatch, tmp_path):
    table = draw_table()
    whole = fit(table, folder="whole")
    real = checkpoint_module.os.fsync

    def refuse(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint_module.os, "fsync", refuse)
    with pytest.raises(StoreError, match="the disk is full") as caught:
        fit(table, folder="torn")
    assert "retry" in caught.value.remedy
    monkeypatch.setattr(checkpoint_module.os, "fsync", real)
    assert fit(table, folder="torn").weights == whole.weights


def test_a_checkpoint_holds_tensors_and_json_only(fit, tmp_path):
    from safetensors import safe_open

    fit(draw_table())
    with safe_open(tmp_path / "run" / FILE, framework="pt") as file:
        facts = file.metadata()
        assert {"weights", "mean", "square", "steps", "random_state"} <= set(file.keys())
    assert json.loads(facts["progress"])["finished"] is True


@settings(max_examples=30, deadline=None)
@given(
    epoch=st.integers(1, 10**6),
    batch=st.integers(0, 10**6),
    best=st.floats(allow_nan=False, min_value=-1e300),
    waited=st.integers(0, 1000),
    scale=st.floats(min_value=1.0, max_value=2.0**30),
)
def test_progress_survives_its_json(epoch, batch, best, waited, scale):
    progress = Progress(epoch=epoch, batch=batch, best_loss=best, waited=waited, scale=scale)
    again = Progress.from_json(progress.to_json())
    assert again.resumed_from == epoch - 1
    again.resumed_from = None
    assert again == progress


def test_no_checkpoint_is_no_complaint(tmp_path):
    assert load_checkpoint(tmp_path, "facts") == ""
