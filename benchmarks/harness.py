"""How all benchmarks measure: runs of all contestants interleaved, CPU time, medians, ratios, one table.

Interleaving lets drift of the machine meet everyone alike; a ratio is the median of the ratios of rounds,
so that a slow minute cannot favour one side.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).parents[1] / "docs" / "measurements"


@dataclass(frozen=True)
class Timings:
    """Seconds per contestant and round."""

    seconds: Mapping[str, Sequence[float]]

    def median_s(self, name: str) -> float:
        return median(self.seconds[name])

    def ratio(self, slow: str, fast: str) -> float:
        """How many times longer `slow` takes than `fast`."""
        return median(a / b for a, b in zip(self.seconds[slow], self.seconds[fast], strict=True))


def interleave(
    contestants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warm_ups: int = 1,
    clock: Callable[[], float] = time.process_time,
) -> Timings:
    """Time every contestant once a round, in turn; the warm-up rounds are thrown away.

    A contestant that returns a float has timed itself: the value is taken as its seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(warm_ups + rounds):
        for name, run in contestants.items():
            begin = clock()
            own = run()
            seconds[name].append(own if isinstance(own, float) else clock() - begin)
    return Timings({name: values[warm_ups:] for name, values in seconds.items()})


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that reads well on a terminal and as Markdown."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in lines
    )


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows ``--write`` and ``--rounds``."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="also write docs/measurements/<name>.md")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def publish(name: str, title: str, body: str, *, packages: Sequence[str] = (), write: bool) -> None:
    """Print the result, and write it with date and versions when asked."""
    print(body)
    if not write:
        return
    versions = ", ".join([f"Python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)])
    head = f"# {title}\n\n`python benchmarks/{name}.py --write`, {time.strftime('%Y-%m-%d')}. {versions}.\n\n"
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text(head + body + "\n", encoding="utf-8")
