"""Testamur: train a model, audit it, and leave with a signed dossier.

The public names are resolved on first use, so that ``import testamur`` costs
nothing and the command line starts without torch, SQL or Celery.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from testamur.hooks.markers import hookimpl as hookimpl
    from testamur.interfaces.python import JobHandle as JobHandle
    from testamur.interfaces.python import examine as examine
    from testamur.interfaces.python import predict as predict
    from testamur.interfaces.python import run as run
    from testamur.interfaces.python import submit as submit

__version__ = "0.1.0"
API_VERSION = 1
"""Version of the plugin contract; a plugin's manifest states the range it accepts."""

_PUBLIC = {
    "hookimpl": "testamur.hooks.markers",
    "JobHandle": "testamur.interfaces.python",
    "examine": "testamur.interfaces.python",
    "predict": "testamur.interfaces.python",
    "run": "testamur.interfaces.python",
    "submit": "testamur.interfaces.python",
}

__all__ = ["API_VERSION", "JobHandle", "__version__", "examine", "hookimpl", "predict", "run", "submit"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'testamur' has no attribute {name!r}")
