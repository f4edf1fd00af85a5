"""The command line in this process, on a home of its own, with a queue and a fleet in memory."""

import json
from dataclasses import dataclass

import pytest
from click.testing import CliRunner, Result

from testamur.interfaces.cli import main
from testamur.testing.fakes import MemoryEvents, MemoryQueue


class MemoryFleet:
    """A `Fleet` that only remembers what was asked of it."""

    def __init__(self):
        self.workers, self.calls = [], []

    def up(self, *, workers=None, wait_s=20.0):
        self.calls.append("up")
        self.workers = [{"name": f"cpu{i}", "pid": 100 + i, "device": "cpu"} for i in range(workers or 1)]
        return self.status()

    def down(self, *, wait_s=30.0):
        self.calls.append("down")
        stopped, self.workers = [worker["name"] for worker in self.workers], []
        return {"stopped": stopped, "killed": []}

    def status(self):
        return {
            "broker": {
                "url": "unix:///b",
                "embedded": True,
                "answers": bool(self.workers),
                "version": "valkey 9",
            },
            "workers": list(self.workers),
            "queue": {"normal": 3},
        }


class Surroundings:
    """What the entry point ``testamur.queue`` would provide."""

    def __init__(self):
        self.memory_queue, self.memory_events, self.memory_fleet = (
            MemoryQueue(),
            MemoryEvents(),
            MemoryFleet(),
        )

    def queue(self, settings):
        return self.memory_queue

    def events(self, settings):
        return self.memory_events

    def fleet(self, settings):
        return self.memory_fleet


@dataclass
class CommandLine:
    home: object

    def __call__(self, *arguments, **options) -> Result:
        return CliRunner().invoke(main, ["--home", str(self.home), *map(str, arguments)], **options)

    def json(self, *arguments, code=0):
        done = self(*arguments, "--json")
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)


@pytest.fixture
def surroundings(monkeypatch):
    found = Surroundings()
    monkeypatch.setattr("testamur.jobs.queue._provider", lambda: found)
    return found


@pytest.fixture
def cli(home, surroundings):
    return CommandLine(home)


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def table(tmp_path):
    """A small table of one's own, and a job file beside it."""
    rows = [f"{20 + i % 50},{'fm'[i % 2]},{i % 7},{'yes' if i % 3 else 'no'}" for i in range(120)]
    (tmp_path / "mine.csv").write_text("age,sex,visits,left\n" + "\n".join(rows) + "\n")
    job = tmp_path / "job.toml"
    job.write_text(
        '[job]\nname = "Mine"\n[dataset]\npath = "mine.csv"\ntarget = "left"\npositive = "yes"\n'
        'protected = ["sex"]\n[training]\nepochs = 3\n'
    )
    return job
