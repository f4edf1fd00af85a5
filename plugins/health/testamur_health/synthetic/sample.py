"""SYNTHETIC: the export that the plugin ships, and the days that were planted in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from testamur_health.synthetic.export import write_export
from testamur_health.synthetic.person import UNWELL_DAYS, Day, make_days

FIRST, N_DAYS, SEED = date(2024, 11, 1), 420, 1
UNWELL = (150, 262, 331, 398)  # days, counted from 0, on which a planted spell begins


def sample_days() -> list[Day]:
    """The days of the shipped export."""
    return make_days(FIRST, N_DAYS, seed=SEED, unwell=UNWELL)


def planted_days() -> frozenset[int]:
    """Days since 1970 on which the made person is unwell."""
    first = FIRST.toordinal() - date(1970, 1, 1).toordinal()
    return frozenset(first + start + k for start in UNWELL for k in range(UNWELL_DAYS))


def write_sample(path: Path) -> None:
    """Write the shipped export; the same bytes wherever zlib compresses alike."""
    write_export(path, sample_days(), every_s=1800, seed=SEED)
