"""Where runners are new interpreters: one waits, and is given up when something was installed since."""

import pytest

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


def test_a_new_interpreter_is_not_started_beside_one_that_works(monkeypatch):
    monkeypatch.setattr(module, "RunnerProcess", FakeRunner)
    standby = Standby(SPAWN)
    standby.take()
    standby.prepare_next()
    assert standby._waiting is None


class FakeZygote:
    alive = True
    closed = False

    def __init__(self, *, ready: bool) -> None:
        self.ready = ready

    def fork(self):
        raise OSError("too many open files")

    def close(self):
        self.closed = True


@pytest.mark.parametrize("ready", [False, True])
def test_the_runner_at_work_outlives_a_next_one_that_cannot_be_forked(ready):
    standby = Standby(SPAWN)
    standby._zygote = FakeZygote(ready=ready)
    standby.prepare_next()  # before it is ready, a fork would have to import the rest itself
    assert standby._waiting is None
    assert not standby._zygote.closed


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


def test_a_place_that_comes_into_being_changes_the_mark(tmp_path):
    places = ["", str(tmp_path / "away")]
    before = read_installed(places)
    (tmp_path / "away").mkdir()
    assert read_installed(places) != before == (0,)
