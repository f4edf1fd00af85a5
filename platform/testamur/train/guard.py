"""Contexts around a training: the number of threads, and memory faults told in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from testamur.contracts.errors import DeviceOutOfMemory, OutOfMemory

# torch's words for an allocation that failed on Linux and macOS, on Windows, and within cuBLAS.
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory")
_DEVICE_FULL = "CUBLAS_STATUS_ALLOC_FAILED"


@contextmanager
def on_threads(n: int | None) -> Iterator[None]:
    """Let torch use `n` threads inside the block (None = leave it as it is)."""
    before = torch.get_num_threads()
    if n is not None:
        torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def memory_explained(device: str) -> Iterator[None]:
    """Turn every way of running out of memory into `OutOfMemory`.

    Raises:
        OutOfMemory: Naming the device or the host, with what to do.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _device_full(device) from error
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in _OUT_OF_MEMORY):
            if _DEVICE_FULL in str(error):
                raise _device_full(device) from error
            raise
        raise OutOfMemory(
            "training needs more memory than this machine has free",
            remedy="lower training.batch_size or the model's width, or use a machine with more memory",
        ) from error


def _device_full(device: str) -> DeviceOutOfMemory:
    return DeviceOutOfMemory(
        f"training needs more memory than {device} has free",
        remedy="lower training.batch_size or the model's width, or wait until the device is free",
    )
