"""What may go, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Retention:
    """Which rule lets what go.

    Attributes:
        keep_last: Dossiers that stay of each dataset and model, the newest; None: no dossier goes by number.
        older_than: Age of a dossier that may go; None: none goes by age. With both, both must hold.
        failed_after: Age at which checkpoints of failed and cancelled jobs go, and folders of no stored
            job; until then a retry goes on from them.
    """

    keep_last: int | None = None
    older_than: timedelta | None = None
    failed_after: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Leftover:
    """One thing that may go.

    Attributes:
        path: Where it lies.
        reason: Which rule says so.
        n_bytes: Its size.
        job_id: Whose it is.
        is_dossier: A dossier, not what training left.
        artifact: Its place among the artifacts; `path` is then its name only.
    """

    path: Path
    reason: str
    n_bytes: int
    job_id: str
    is_dossier: bool = False
    artifact: str = ""
