"""Fixtures for everyone who tests against Testamur; loaded by pytest through its entry point.

Only pytest is imported here: the plugin is present in every test run of an environment that holds
Testamur, also in those that have nothing to do with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from testamur.contracts.dataset import DatasetSpec
    from testamur.settings import Settings
    from testamur.testing.fakes import MemoryEvents, MemoryQueue, RecordingObserver


@pytest.fixture
def testamur_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, also named by ``TESTAMUR_HOME`` for processes that are started."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("TESTAMUR_HOME", str(home))
    return home


@pytest.fixture
def testamur_settings(testamur_home: Path) -> Settings:
    """Settings of an otherwise empty environment: SQLite and the embedded broker in the home folder."""
    from testamur.settings import Settings

    return Settings.from_environment({"TESTAMUR_HOME": str(testamur_home)})


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Callable[[DatasetSpec], Path]:
    """Brings a fetched dataset into the user's own cache, once, and lets everything in the test find it.

    The test is left out where it is not there and the package index does not answer.
    """
    from testamur.contracts.errors import FetchFailed
    from testamur.data.fetch import bring
    from testamur.settings import shared_datasets

    folder = shared_datasets()
    monkeypatch.setenv("TESTAMUR_DATASETS", str(folder))

    def bring_or_skip(spec: DatasetSpec) -> Path:
        try:
            return bring(spec, folder)[0]
        except FetchFailed as error:
            pytest.skip(f"needs a fetched dataset: {error.message}")

    return bring_or_skip


@pytest.fixture
def recording_observer() -> RecordingObserver:
    """An observer that keeps what it is told."""
    from testamur.testing.fakes import RecordingObserver

    return RecordingObserver()


@pytest.fixture
def memory_queue() -> MemoryQueue:
    """A queue in memory."""
    from testamur.testing.fakes import MemoryQueue

    return MemoryQueue()


@pytest.fixture
def memory_events() -> MemoryEvents:
    """A stream of events in memory."""
    from testamur.testing.fakes import MemoryEvents

    return MemoryEvents()
