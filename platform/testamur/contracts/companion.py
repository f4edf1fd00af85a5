"""Which TOML file lies beside a data file: the rule that submission and the data room share."""

from __future__ import annotations

import tomllib
from pathlib import Path

LARGEST_BYTES = 1 << 20
JOB_TABLES = frozenset({"job", "dataset", "model", "training", "audit", "purpose"})


def find_companion(path: Path) -> Path | None:
    """``my.csv.toml`` or ``my.toml`` beside ``my.csv``; a job file of that name is none.

    A file that cannot be read counts: its reader says what is wrong with it.

    Args:
        path: The data file.

    Raises:
        OSError: The folder may not be looked into.
    """
    stem = path.name.removesuffix(".gz")
    for name in dict.fromkeys((f"{path.name}.toml", f"{stem}.toml", f"{Path(stem).stem}.toml")):
        candidate = path.with_name(name)
        if candidate != path and candidate.is_file() and not _is_job_file(candidate):
            return candidate
    return None


def _is_job_file(path: Path) -> bool:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return False
        tree = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return not JOB_TABLES.isdisjoint(tree)
