"""Imports TabM without what it only uses for features we do not use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_OPTIONAL = "sklearn"


@contextmanager
def without_optional(name: str = _OPTIONAL) -> Iterator[None]:
    """Let ``import name`` fail inside the block, unless it is imported already.

    ``rtdl_num_embeddings`` imports scikit-learn, if it is there, for bins grown by trees. We use
    quantile bins, and the import costs 1.2 s of the time to the first training step (measured,
    one core).
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the import system reads as "not to be had"
    try:
        yield
    finally:
        del sys.modules[name]


def import_tabm() -> tuple[Any, Any]:
    """The modules ``tabm`` and ``rtdl_num_embeddings``."""
    with without_optional():
        import rtdl_num_embeddings
        import tabm
    return tabm, rtdl_num_embeddings
