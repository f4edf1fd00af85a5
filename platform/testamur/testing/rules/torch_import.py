"""Torch, asked for by name where a plugin's model is built: the kit itself imports without it."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType


def import_torch() -> ModuleType:
    """Torch; what it warns of at import is its surroundings, not the plugin's doing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("torch")
