"""Finds a function by ``module:function``, as processes are told it on their command line."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def load_function(reference: str) -> Callable[..., Any]:
    """The function that ``module:function`` names.

    Raises:
        AttributeError, ModuleNotFoundError: There is none.
    """
    module, _, name = reference.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
