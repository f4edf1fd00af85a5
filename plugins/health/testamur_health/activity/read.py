"""Reads the recordings of the smart-watch set; the pickled file is read without being run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars

from testamur.contracts.errors import DataError, Problem
from testamur.data.inert_arrays import read_npy

CHANNELS = ("ax", "ay", "az", "wx", "wy", "wz")
SAMPLES_PER_S = 50


def read_watch(path: Path) -> polars.DataFrame:
    """One row per sample.

    Args:
        path: ``watch_dataset.npy`` of the package seglearn.

    Returns:
        ``recording, subject, side`` (text), `CHANNELS` (m/s2 over g and rad/s as recorded), ``exercise``.

    Raises:
        DataError: The file holds something else.
    """
    import polars as pl

    found: Any = read_npy(path)
    tree = found.item() if isinstance(found, np.ndarray) and found.shape == () else None
    needed = {"X", "y", "y_labels", "subject", "side", "X_labels"}
    if not isinstance(tree, dict) or not needed <= tree.keys() or tuple(tree["X_labels"]) != CHANNELS:
        message = f"a dictionary with {', '.join(sorted(needed))} is required, however: it is another"
        raise DataError("The recordings cannot be read", [Problem(path.name, message)])
    frames = []
    for number, samples in enumerate(tree["X"]):
        about = {
            "recording": f"{number:03d}",
            "subject": f"subject {int(tree['subject'][number]):02d}",
            "side": "right" if int(tree["side"][number]) else "left",
            "exercise": str(tree["y_labels"][int(tree["y"][number])]),
        }
        signals = pl.DataFrame(np.asarray(samples, dtype=np.float64), schema=list(CHANNELS))
        frames.append(signals.with_columns(**{name: pl.lit(text) for name, text in about.items()}))
    return pl.concat(frames)
