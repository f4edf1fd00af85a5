"""Which device trains. Nothing is probed before a function is called."""

from __future__ import annotations

import torch

from testamur.contracts.errors import ConfigurationError, Problem


def choose_device(wish: str) -> str:
    """The device for a wish of "auto", "cpu" or "cuda".

    Raises:
        ConfigurationError: A GPU is asked for and none can be used.
    """
    if wish == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wish.startswith("cuda") and not torch.cuda.is_available():
        problem = Problem("device", f"a usable GPU is required for {wish!r}, however: torch finds none")
        raise ConfigurationError("The device cannot be used", [problem], remedy="use --device cpu or auto")
    return wish


def describe_device(device: str) -> str:
    """The device in words, such as "cuda: NVIDIA H200" or "cpu, 1 thread"."""
    if device.startswith("cuda"):
        return f"{device}: {torch.cuda.get_device_name(torch.device(device))}"
    n = torch.get_num_threads()
    return f"cpu, {n} thread{'s' if n != 1 else ''}"
