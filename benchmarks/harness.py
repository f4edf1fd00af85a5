"""Shared by all benchmarks: interleaved runs, CPU time, medians, ratios, goals, and a page of figures.

from harness import Goal, Page, measure, wants_writing

times = measure({"ours": f, "peer": g}, repeats=7)
page = Page("train_throughput", "Training throughput", "What is compared, and how it is fair.")
page.compare("200,000 rows, batch 256", times, base="ours", n_items=200_000, item="row")
page.goal(Goal("against the peer", times["peer"].ratio_to(times["ours"]), at_least=3.0))
raise SystemExit(page.finish(write=wants_writing()))
"""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

# One thread for every numerical library: import this module before numpy and torch.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")

FOLDER = Path(__file__).parents[1] / "docs" / "measurements"
PACKAGES = ("numpy", "torch", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Timing:
    """CPU seconds of the runs of one case, in the order in which they were made."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median CPU seconds of a run."""
        return median(self.seconds)

    def ratio_to(self, other: Timing) -> float:
        """Median over rounds of this case's time divided by the other's: what drifts, drifts for both."""
        return median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))

    def spread_of_ratio(self, other: Timing) -> tuple[float, float]:
        """Lowest and highest ratio over the rounds."""
        ratios = [a / b for a, b in zip(self.seconds, other.seconds, strict=True)]
        return min(ratios), max(ratios)


@dataclass(frozen=True, slots=True)
class Goal:
    """A promise and what was measured; give exactly one bound."""

    text: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "x"

    @property
    def met(self) -> bool:
        """True when the promise is kept."""
        low = -float("inf") if self.at_least is None else self.at_least
        return low <= self.value <= (float("inf") if self.at_most is None else self.at_most)

    def row(self) -> str:
        """A line of the table of goals."""
        bound = f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"
        said = "met" if self.met else "**missed**"
        return f"| {self.text} | {bound} {self.unit} | {self.value:,.3g} {self.unit} | {said} |"


@dataclass(slots=True)
class Page:
    """Figures as Markdown: printed, and written to ``docs/measurements/NAME.md`` when asked."""

    name: str
    title: str
    explanation: str
    packages: tuple[str, ...] = PACKAGES
    lines: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def compare(
        self, caption: str, times: Mapping[str, Timing], *, base: str, n_items: int = 0, item: str = "item"
    ) -> None:
        """Add a table of cases with their time relative to the case `base`."""
        pace = f" {item}s per CPU second |" if n_items else ""
        self.lines += [
            "",
            f"## {caption}",
            "",
            f"| case | CPU s, median |{pace} relative to {base} (range) |",
        ]
        self.lines.append("|---|---:|" + ("---:|" if n_items else "") + "---:|")
        for name, timing in times.items():
            low, high = timing.spread_of_ratio(times[base])
            pace = f" {n_items / timing.median:,.0f} |" if n_items else ""
            ratio = f"{timing.ratio_to(times[base]):.2f} ({low:.2f} to {high:.2f})"
            self.lines.append(f"| {name} | {timing.median:.4f} |{pace} {ratio} |")

    def note(self, text: str) -> None:
        """Add a paragraph."""
        self.lines += ["", text]

    def goal(self, goal: Goal) -> None:
        """Add a goal to the table at the end."""
        self.goals.append(goal)

    def text(self) -> str:
        """The page."""
        head = [f"# {self.title}", "", f"{datetime.now(UTC):%Y-%m-%d}, {machine(self.packages)}."]
        tail = ["", "## Goals", "", "| goal | bound | measured | |", "|---|---|---:|---|"]
        tail += [goal.row() for goal in self.goals]
        lines = [*head, "", self.explanation, *self.lines, *(tail if self.goals else [])]
        return "\n".join(lines) + "\n"

    def finish(self, *, write: bool) -> int:
        """Print the page, write it if asked, and return 0 when every goal is met, else 1."""
        print(self.text())
        if write:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"{self.name}.md").write_text(self.text())
        return 0 if all(goal.met for goal in self.goals) else 1


def cpu_clock() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measure(
    cases: Mapping[str, Callable[[], object]], *, repeats: int = 7, warm: int = 1
) -> dict[str, Timing]:
    """Run all cases in turn, `repeats` rounds after `warm` unmeasured ones; every second round backwards.

    Args:
        cases: Functions without arguments, by the name that is printed.
        repeats: Measured rounds.
        warm: Unmeasured rounds before.
    """
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for round_ in range(-warm, repeats):
        for name in list(cases) if round_ % 2 == 0 else list(cases)[::-1]:
            gc.collect()
            begin = cpu_clock()
            cases[name]()
            if round_ >= 0:
                seconds[name].append(cpu_clock() - begin)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def machine(packages: tuple[str, ...] = PACKAGES) -> str:
    """The machine in words: system, cores, versions; nothing that names it."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    who = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, one thread used"
    return ", ".join([who, f"Python {platform.python_version()}", *versions])


def wants_writing() -> bool:
    """True when ``--write`` is on the command line."""
    return "--write" in sys.argv[1:]
