"""The settings keep the environment for jobs that name a variable, and never show it."""

from testamur.interfaces.invocation import Invocation
from testamur.settings import Settings


def test_the_environment_is_kept_and_not_shown(tmp_path):
    settings = Settings.from_environment({"TESTAMUR_HOME": str(tmp_path), "VISITS_URL": "x://u:secret@h"})
    assert settings.environ["VISITS_URL"] == "x://u:secret@h"
    assert "secret" not in repr(settings)
    assert settings == Settings.from_environment({"TESTAMUR_HOME": str(tmp_path)})


def test_an_invocation_hands_the_environment_on(tmp_path, monkeypatch):
    monkeypatch.setenv("VISITS_URL", "sqlite:///rows.db")
    assert Invocation(home=tmp_path).settings().environ["VISITS_URL"] == "sqlite:///rows.db"
