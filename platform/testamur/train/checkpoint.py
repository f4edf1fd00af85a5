"""Checkpoints: one safetensors file, written in one step, bound to what it was made from."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from testamur.contracts.errors import StoreError
from testamur.train.progress import Progress

FILE = "checkpoint.safetensors"
Checkpoint = tuple[dict[str, Tensor], Progress]  # tensors by name, and where the training stood
FORMAT = 1  # grows when the meaning of the tensors changes


def fingerprint(**facts: Any) -> str:
    """SHA-256 of the facts that a result depends on; a checkpoint of other facts is not used."""
    return hashlib.sha256(json.dumps({"format": FORMAT, **facts}, sort_keys=True).encode()).hexdigest()


def save_checkpoint(folder: Path, tensors: dict[str, Tensor], progress: Progress, bound_to: str) -> None:
    """Write a checkpoint; the one before stays whole until the new one is on the disk.

    Args:
        folder: Made if it is not there.
        tensors: By name; views of one buffer are copied.
        progress: Where the training stands.
        bound_to: From `fingerprint`.

    Raises:
        StoreError: The disk is full or the folder cannot be written.
    """
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    facts = {"progress": progress.to_json(), "fingerprint": bound_to}
    content = save(copies, metadata={**facts, "sha256": _digest(copies, facts)})
    draft = folder / f".{FILE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / FILE)
        _remove_abandoned(folder)
    except OSError as error:
        draft.unlink(missing_ok=True)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StoreError(
            f"a checkpoint of {len(content):,} bytes must be written, however: "
            f"{'the disk is full' if full else error.strerror}",
            remedy="free space and retry the job: it resumes from the checkpoint before" if full else "",
        ) from error


def _remove_abandoned(folder: Path) -> None:
    """Remove the drafts of processes that were killed while they wrote."""
    for draft in folder.glob(f".{FILE}.*"):
        pid = draft.name.rpartition(".")[2]
        if not pid.isdigit() or is_alive(int(pid)):
            continue
        draft.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def load_checkpoint(folder: Path, bound_to: str) -> Checkpoint | str:
    """Read the checkpoint in `folder`, or say in a sentence why there is none to use."""
    path = folder / FILE
    if not path.is_file():
        return ""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            if facts.get("fingerprint") != bound_to:
                return "the checkpoint was made from other data or options and is left aside"
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if facts.pop("sha256", "") != _digest(tensors, facts):
            return "the checkpoint is damaged and is left aside"
        return tensors, Progress.from_json(facts["progress"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        return f"the checkpoint cannot be read ({type(error).__name__}) and is left aside"


def _digest(tensors: dict[str, Tensor], facts: dict[str, str]) -> str:
    """SHA-256 over everything in a checkpoint: safetensors itself notices no changed byte in a tensor."""
    whole = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        whole.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return whole.hexdigest()
