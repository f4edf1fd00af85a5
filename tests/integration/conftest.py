"""The command line on a home of its own, tables to spoil, and plugins installed as pip would."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from testamur.interfaces.cli import main
from testamur.testing.fakes import MemoryEvents, MemoryQueue

HEADER = ("id", "age", "sex", "visits", "score", "y")
SMALL = (
    *("--set", "model.options.members=2", "--set", "model.options.hidden=8", "--set", "model.options.bins=4"),
    *("--set", "training.epochs=1", "--set", "audit.bootstrap=100"),
    *("--set", "audit.self_check=off", "--set", "audit.privacy_attacks=none"),  # they have tests of their own
)
ROLES = ("--target", "y", "--positive", "yes", "--protected", "sex", "--identifier", "id")


class Provider:
    """What the entry point ``testamur.queue`` would provide, without processes."""

    def __init__(self) -> None:
        self.memory_queue, self.memory_events = MemoryQueue(), MemoryEvents()

    def queue(self, settings):
        return self.memory_queue

    def events(self, settings):
        return self.memory_events

    def fleet(self, settings):
        return self

    def status(self):
        return {"broker": {"answers": self.memory_queue.available}, "workers": [], "queue": {}}


@dataclass
class CommandLine:
    """Runs commands in this process."""

    home: Path
    queue: MemoryQueue

    def __call__(self, *arguments) -> Result:
        return CliRunner().invoke(main, ["--home", str(self.home), *map(str, arguments)])

    def check(self, path: Path, *arguments, roles=ROLES) -> Result:
        """Check a job on a table of one's own, down to its rows."""
        return self("job", "submit", "--dry-run", "--data", path, *roles, *SMALL, *arguments)

    def run(self, path: Path, *arguments, roles=ROLES) -> Result:
        """The whole walk."""
        return self("run", "--data", path, *roles, *SMALL, *arguments)

    def dossier(self) -> Path:
        """The one dossier that there is."""
        (found,) = (self.home / "dossiers").iterdir()
        return found


@pytest.fixture
def cli(home, monkeypatch) -> CommandLine:
    provider = Provider()
    monkeypatch.setattr("testamur.jobs.queue._provider", lambda: provider)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    return CommandLine(home, provider.memory_queue)


def people(n: int = 240, *, seed: int = 5) -> list[list[str]]:
    """Rows that hold nothing bad yet, in the order of `HEADER`."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        visits = rng.randint(0, 12)
        y = "yes" if visits + rng.gauss(0, 3) > 6 else "no"
        rows.append(
            [f"p{i}", str(rng.randint(18, 80)), rng.choice("fm"), str(visits), f"{rng.gauss(0, 1):.3f}", y]
        )
    return rows


def write(path: Path, rows: list[list[str]], header=HEADER) -> Path:
    lines = [",".join(f'"{cell}"' if set(cell) & set(',\n"') else cell for cell in row) for row in rows]
    path.write_text(",".join(header) + "\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def install(site: Path):
    """Write a distribution with one plugin onto the import path."""

    def lay(name: str, source: str, *, offers: str, api: str = "[1, 1]") -> None:
        package = f"bad_{name}_{site.parent.name[-12:]}".replace("-", "_")
        folder = site / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "plugin.py").write_text(source.replace("PACKAGE", package))
        (folder / "plugin.toml").write_text(f'[plugin]\napi = {api}\ntitle = "T"\n[offers]\n{offers}\n')
        info = site / f"dist_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist_{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[testamur.plugins]\n{name} = {package}.plugin\n")

    return lay
