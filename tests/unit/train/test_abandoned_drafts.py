"""Drafts of checkpoints that a kill left behind go with the next checkpoint."""

import os

import torch

from testamur.train.checkpoint import FILE, save_checkpoint
from testamur.train.progress import Progress


def test_drafts_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path):
    dead = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(dead, 0)
    for pid in (dead, os.getppid()):
        (tmp_path / f".{FILE}.{pid}").write_bytes(b"half")
    save_checkpoint(tmp_path, {"w": torch.zeros(2)}, Progress(), "facts")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([FILE, f".{FILE}.{os.getppid()}"])
