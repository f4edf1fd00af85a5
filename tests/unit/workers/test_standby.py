"""Where runners are new interpreters: one waits, and is given up when something was installed since."""

from testamur.settings import Settings
from testamur_workers import standby as module
from testamur_workers.standby import Standby, read_installed

SPAWN = Settings.from_environment({"TESTAMUR_HOME": "/x", "TESTAMUR_RUNNERS": "spawn"})


class FakeRunner:
    returncode = None

    def __init__(self, settings):
        self.closed = False

    def close(self):
        self.closed = True


def test_a_runner_waits_until_it_is_taken(monkeypatch):
    monkeypatch.setattr(module, "RunnerProcess", FakeRunner)
    standby = Standby(SPAWN)
    standby.prepare()
    first = standby._waiting
    standby.prepare()
    assert standby.take() is first
    assert standby._waiting is None


def test_a_runner_older_than_an_installation_is_replaced(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "RunnerProcess", FakeRunner)
    monkeypatch.setattr(module.sys, "path", [str(tmp_path)])
    standby = Standby(SPAWN)
    standby.prepare()
    first = standby._waiting
    (tmp_path / "testamur_mine-0.1.0.dist-info").mkdir()
    second = standby.take()
    assert second is not first
    assert first.closed


def test_what_is_no_folder_is_passed_over(tmp_path):
    assert read_installed(["", str(tmp_path / "away.zip")]) == ()
