"""How far a checkpoint is, read from its file's header: a supervisor never imports torch."""

from __future__ import annotations

import json
import os
import stat
import struct
from pathlib import Path

from testamur.store.checkpoint_copies import Mark

_LONGEST_HEADER = 100 * 2**20  # bytes, as safetensors itself allows
NOWHERE: Mark = (0, 0)


def how_far(folder: Path) -> Mark:
    """Epochs begun, and batches of the last one, over all trainings that left a checkpoint in a folder.

    A job of several trainings does them one after another, so that the sums grow.

    Args:
        folder: Of the checkpoints; one that is not there is nowhere.
    """
    marks = [_mark(path) for path in sorted(folder.rglob("*.safetensors"))] if folder.is_dir() else []
    return sum(epochs for epochs, _ in marks), sum(batches for _, batches in marks)


def state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Something that differs once a checkpoint in the folder was written anew."""
    found = []
    for path in sorted(folder.rglob("*.safetensors")) if folder.is_dir() else []:
        try:
            known = path.lstat()
        except OSError:  # replaced in this moment
            continue
        found.append((path.name, known.st_ino, known.st_mtime_ns))
    return tuple(found)


def _mark(path: Path) -> Mark:
    """Of one file; of one that is none of ours, nowhere."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return NOWHERE
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return NOWHERE
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length)) if length <= _LONGEST_HEADER else {}
            progress = json.loads(header["__metadata__"]["progress"])
            return int(progress["epoch"]), int(progress["batch"])
        except (struct.error, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return NOWHERE
