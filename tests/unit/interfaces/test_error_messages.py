"""Every error is one clear message with an exit code; a fault of ours leaves a log file."""

import json
import os
import stat

import click
import pytest
from hypothesis import given

from testamur.contracts.errors import ConfigurationError, NotFound, PluginError, Problem
from testamur.interfaces.application import Application
from testamur.interfaces.cli import main
from testamur.interfaces.invocation import Invocation
from testamur.interfaces.terminal.consoles import printable
from testamur.interfaces.terminal.errors import describe_error
from testamur.testing.strategies import hostile_texts


def raising(error):
    @click.command(name="fail")
    @click.option("--json", "as_json", is_flag=True)
    def fail(as_json):
        raise error

    return fail


@pytest.fixture
def failing(monkeypatch, cli):
    def call(error, *arguments):
        monkeypatch.setitem(main.commands, "fail", raising(error))
        return cli("fail", *arguments)

    return call


def test_every_fault_is_listed_with_its_place_and_remedy(failing):
    problems = [
        Problem("training.epochs", "at least 1 is required, however: 0", "try 100"),
        Problem("x", "wrong"),
    ]
    done = failing(ConfigurationError("The job cannot be used", problems))
    assert done.exit_code == 2
    assert done.stdout == ""
    for words in ("The job cannot be used", "training.epochs: at least 1", "try 100", "x: wrong"):
        assert words in done.stderr
    assert "Traceback" not in done.output


def test_with_json_the_error_is_a_document_on_standard_error(failing):
    done = failing(
        PluginError("it raised", plugin="mine", hook="register_models", remedy="mend it"), "--json"
    )
    assert done.exit_code == 4
    assert done.stdout == ""
    assert json.loads(done.stderr) == {
        "error": {
            "kind": "plugin",
            "message": "it raised",
            "remedy": "mend it",
            "exit_code": 4,
            "plugin": "mine",
            "hook": "register_models",
        }
    }


def test_a_flag_that_does_not_exist_is_json_too(cli):
    done = cli("job", "list", "--bogus", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stderr)["error"]["problems"][0]["where"].endswith("job list")


def test_a_fault_of_ours_is_short_and_leaves_a_private_log(failing, home):
    done = failing(ZeroDivisionError("secret cell 4711"))
    assert done.exit_code == 70
    assert "ZeroDivisionError" in done.stderr
    assert "4711" not in done.output
    assert "Traceback" not in done.output
    (log,) = (home / "logs").iterdir()
    assert "ZeroDivisionError\n" in log.read_text()
    assert "4711" not in log.read_text()
    assert str(log) in done.stderr.replace("\n", "")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_home_that_cannot_be_written_does_not_hide_the_fault(failing, home):
    home.mkdir(parents=True)
    (home / "logs").write_text("a file, not a folder")
    done = failing(ZeroDivisionError())
    assert done.exit_code == 70
    assert "--debug" in done.stderr


def test_debug_shows_where(monkeypatch, home):
    from click.testing import CliRunner

    monkeypatch.setitem(main.commands, "fail", raising(NotFound("nothing")))
    done = CliRunner().invoke(main, ["--debug", "--home", str(home), "fail"])
    assert isinstance(done.exception, NotFound)


def test_ctrl_c_ends_with_130(failing):
    assert failing(KeyboardInterrupt()).exit_code == 130


def test_the_home_of_the_command_line_goes_over_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("TESTAMUR_HOME", str(tmp_path / "other"))
    assert Invocation(home=tmp_path / "mine").settings().home == tmp_path / "mine"
    assert Invocation().settings().home == tmp_path / "other"
    assert os.environ["TESTAMUR_HOME"] == str(tmp_path / "other")


@given(hostile_texts())
def test_nothing_printable_commands_a_terminal(text):
    shown = printable(text)
    assert not [c for c in shown if c != "\n" and c != "\t" and (ord(c) < 32 or 127 <= ord(c) < 160)]
    assert "\u202e" not in shown
    assert printable(shown) == shown


def test_the_outermost_group_is_the_one_that_guards():
    assert isinstance(main, Application)
    assert set(describe_error(NotFound("x"))) == {"kind", "message", "remedy", "exit_code"}
