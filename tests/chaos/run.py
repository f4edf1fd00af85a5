"""``make chaos``: 300 jobs, three workers, 60 processes killed; the table goes to docs/measurements.

Bounded in count and time, on this machine only: a unix socket for the broker, another for PostgreSQL.

Run: ``python -m tests.chaos.run [--jobs N] [--kills N] [--seed N] [--database sqlite] [--write]``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .database import KillableDatabase
from .fire import Toll, burn
from .world import N_RECIPES, N_WORKERS, World

PAGE = Path(__file__).parents[2] / "docs" / "measurements"


def main() -> int:
    """Run, print, write where asked; 0 when every promise was kept."""
    asked = _read_arguments()
    database = KillableDatabase() if asked.database == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory(prefix="tmr-", dir="/tmp") as name:
            if database is not None:
                database.start()
                database.create()
            world = World(Path(name), database_url=database.url if database else "")
            world.up()
            try:
                toll = burn(
                    world,
                    n_jobs=asked.jobs,
                    n_kills=asked.kills,
                    seed=asked.seed,
                    timeout_s=asked.timeout,
                    database=database,
                )
            finally:
                world.down()
    finally:
        if database is not None:
            database.close()
    text = page(toll, asked.database)
    sys.stdout.write(text)
    if asked.write:
        (PAGE / f"jobs_chaos_{asked.database}.md").write_text(text)
    return 1 if toll.faults else 0


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def page(toll: Toll, database: str) -> str:
    """The figures as Markdown."""
    kinds = ", ".join(f"{count} of {kind}" for kind, count in sorted(toll.kills.items()))
    lines = [
        f"# Jobs under fire, {database}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {sys.platform}, {os.cpu_count()} cores shared with other work, "
        f"Python {sys.version.split()[0]}, torch {version('torch')}, celery {version('celery')}.",
        "",
        f"{toll.n_jobs} jobs of {N_RECIPES} recipes over {N_WORKERS} workers, `kill -9` at random with seed "
        f"{toll.seed}: {sum(toll.kills.values())} kills ({kinds}), in {toll.seconds:,.0f} s. "
        "What was killed was started again within a second or so, by `testamur up`.",
        "",
        "| what | number |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in toll.figures.items()),
        "",
        "Every promise was kept." if not toll.faults else "**Not kept:** " + "; ".join(toll.faults) + ".",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
