"""Checkpoints when bytes change, rows change, the disk is full, or an older one comes back."""

import dataclasses
import errno
import shutil

import numpy as np
import pytest
import torch

from testamur.contracts.errors import Interrupted
from testamur.contracts.event import EventKind
from testamur.testing.fakes import RecordingObserver
from testamur.train import checkpoint as checkpoint_module
from testamur.train import loop as loop_module
from testamur.train.checkpoint import FILE, load_checkpoint, save_checkpoint
from testamur.train.progress import Progress

from .conftest import draw_table, with_part, with_train


class CopiesAt(RecordingObserver):
    """Keeps a copy of the checkpoint as it is at the n-th question, like a backup."""

    def __init__(self, n, path, kept):
        super().__init__()
        self._n, self._path, self._kept = n, path, kept

    def check_stop(self):
        self.n_stop_checks += 1
        if self.n_stop_checks == self._n:
            self._kept.parent.mkdir()
            shutil.copy(self._path, self._kept)


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr(loop_module, "LISTEN_EVERY_S", 0.0)


@pytest.mark.parametrize("architecture", ["mlp", "tabm"])
@pytest.mark.parametrize("n", [7, 19, 28])
def test_an_older_checkpoint_leads_to_the_same_weights(fit, tmp_path, often, architecture, n):
    model = {"architecture": architecture, "dropout": 0.3}
    observer = CopiesAt(n, tmp_path / "run" / FILE, tmp_path / "old" / FILE)
    whole = fit(draw_table(), model=model, observer=observer, checkpoint_every_s=1e-6)
    resumed = fit(draw_table(), folder="old", model=model)
    assert resumed.summary.resumed_from_epoch == n // 11  # ten batches and one evaluation an epoch
    assert resumed.weights == whole.weights


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_one_changed_byte_is_noticed(tmp_path, share):
    """safetensors reads a changed tensor without a word."""
    tensors = {"weights": torch.arange(500.0), "steps": torch.tensor(3.0), "none": torch.zeros(0)}
    save_checkpoint(tmp_path, tensors, Progress(epoch=2), "facts")
    content = bytearray((tmp_path / FILE).read_bytes())
    content[int(len(content) * share)] ^= 1
    (tmp_path / FILE).write_bytes(content)
    assert "damaged" in load_checkpoint(tmp_path, "facts")


def test_what_was_saved_is_what_is_loaded(tmp_path):
    tensors = {"w": torch.randn(3, 4), "n": torch.tensor(7), "half": torch.ones(2, dtype=torch.bfloat16)}
    save_checkpoint(tmp_path, tensors, Progress(epoch=5, batch=2), "facts")
    found, progress = load_checkpoint(tmp_path, "facts")
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
    assert (progress.epoch, progress.batch, progress.resumed_from) == (5, 2, 4)


@pytest.mark.parametrize("what", ["target", "numeric", "weight", "missing", "validation"])
def test_other_rows_under_the_same_digest_start_anew(fit, what):
    """A job may read the same file in another way: the positive label turned round, another weight column."""
    table = draw_table()
    fit(table, epochs=2)
    changes = {
        "target": {"target": 1 - table.train.target},
        "numeric": {"numeric": table.train.numeric + 1},
        "weight": {"weight": np.linspace(1, 2, table.train.n_rows)},
        "missing": {"missing": np.roll(table.train.missing, 1, axis=0)},
    }
    if what == "validation":
        other = with_part(table, "validation", target=1 - table.validation.target)
    else:
        other = with_train(table, **changes[what])
    observer = RecordingObserver()
    assert fit(other, epochs=2, observer=observer).summary.resumed_from_epoch is None
    assert len(observer.of_kind(EventKind.EPOCH)) == 2


def test_another_number_of_threads_resumes(fit):
    fit(draw_table(), threads=1)
    assert fit(draw_table(), threads=2).summary.resumed_from_epoch == 4


def test_a_full_disk_does_not_hide_an_interruption(fit, often, monkeypatch):
    class FillsTheDisk(RecordingObserver):
        def check_stop(self):
            self.n_stop_checks += 1
            if self.n_stop_checks == 5:
                monkeypatch.setattr(checkpoint_module.os, "fsync", refuse)
                raise Interrupted("the worker stops")

    def refuse(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    observer = FillsTheDisk()
    with pytest.raises(Interrupted):
        fit(draw_table(), observer=observer)
    [log] = observer.of_kind(EventKind.LOG)
    assert "the disk is full" in log["message"]


def test_the_table_itself_is_not_changed(fit):
    """Training may not write into the arrays that the audit will read."""
    table = draw_table(weighted=True)
    before = {f.name: np.copy(getattr(table.train, f.name)) for f in dataclasses.fields(table.train)}
    fit(table, epochs=1)
    for name in ("numeric", "missing", "categorical", "target", "weight"):
        assert np.array_equal(before[name], getattr(table.train, name)), name
