"""The way to the workers is found through an entry point, and missed in plain words."""

from __future__ import annotations

import sys

import pytest

from testamur.contracts.errors import PluginError
from testamur.jobs import queue as queue_module
from testamur.jobs.queue import open_events, open_fleet, open_queue


def install(folder, monkeypatch, name: str, value: str) -> None:
    """Put a distribution with one entry point on an otherwise empty import path."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[testamur.queue]\ndefault = {value}\n")
    monkeypatch.setattr(sys, "path", [str(folder), *[p for p in sys.path if "site-packages" not in p]])


PROVIDER = """
class Provider:
    def queue(self, settings): return ("queue", settings)
    def events(self, settings): return ("events", settings)
    def fleet(self, settings): return ("fleet", settings)
"""


def test_the_provider_is_asked(tmp_path, monkeypatch, settings):
    (tmp_path / "some_queue_provider.py").write_text(PROVIDER)
    install(tmp_path, monkeypatch, "somequeue", "some_queue_provider:Provider")
    assert open_queue(settings) == ("queue", settings)
    assert open_events(settings) == ("events", settings)
    assert open_fleet(settings) == ("fleet", settings)


@pytest.mark.parametrize("n_installed", [0, 2])
def test_none_or_two_is_told(tmp_path, monkeypatch, settings, n_installed):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for number in range(n_installed):
        install(tmp_path, monkeypatch, f"queue{number}", f"module{number}:Provider")
    expected = "module0:Provider and module1:Provider" if n_installed else "none is installed"
    with pytest.raises(PluginError, match=expected) as caught:
        open_queue(settings)
    assert "pip install" in caught.value.remedy


def test_a_provider_that_cannot_be_imported(tmp_path, monkeypatch, settings):
    install(tmp_path, monkeypatch, "broken", "no_such_module_here:Provider")
    with pytest.raises(PluginError, match="no_such_module_here"):
        open_queue(settings)


def test_ours_is_the_one_installed():
    assert {entry.value for entry in queue_module.find_entries(queue_module.GROUP)} == {
        "testamur_workers.provider:Provider"
    }
