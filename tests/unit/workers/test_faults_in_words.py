"""A fault is laid at the right door, whatever the folders are called and whichever way the job was run."""

import importlib.util
import sys

import pytest

from testamur.contracts.errors import DataError, PluginError, Problem
from testamur.interfaces.in_process import _explained
from testamur_workers.explain import LONGEST_MESSAGE, explain, shorten


def function_in(folder, module: str, source: str, monkeypatch):
    """A function `fail` of a module that lies in `folder`."""
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True)
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(module, path)
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, module, made)
    spec.loader.exec_module(made)
    return made.fail


def caught(call):
    try:
        call()
    except KeyError as error:
        return error
    raise AssertionError("it did not fail")


FAIL = "def fail():\n    raise KeyError('Jane')\n"


def test_in_a_clone_named_testamur_a_plugin_is_still_a_plugin(tmp_path, monkeypatch):
    fail = function_in(tmp_path / "testamur" / "plugins", "testamur_bank.policy", FAIL, monkeypatch)
    ending = explain(caught(fail))
    assert (ending.kind, ending.exit_code) == ("plugin", 4)
    assert ending.message.startswith("KeyError in testamur_bank/policy.py, line 2 (fail)")


def test_in_a_clone_named_testamur_other_peoples_packages_are_not_ours(tmp_path, monkeypatch):
    fail = function_in(tmp_path / "testamur" / ".venv", "elsewhere.nn", FAIL, monkeypatch)
    assert "KeyError in code outside the platform" in explain(caught(fail)).message


def test_a_module_of_the_platform_is_the_platform(tmp_path, monkeypatch):
    fail = function_in(tmp_path / "x", "testamur.odd", FAIL, monkeypatch)
    ending = explain(caught(fail))
    assert (ending.kind, ending.exit_code) == ("internal", 5)
    assert "testamur/odd.py" in ending.message


def test_a_run_in_this_process_says_of_a_plugin_what_a_worker_says(tmp_path, monkeypatch):
    fail = function_in(tmp_path, "testamur_bank.policy", FAIL, monkeypatch)
    ending = explain(caught(fail))
    with pytest.raises(PluginError) as told, _explained(tmp_path / "home"):
        fail()
    assert (told.value.kind, told.value.exit_code) == (ending.kind, ending.exit_code)
    assert told.value.message == ending.message.partition("\n")[0]
    (log,) = (tmp_path / "home" / "logs").iterdir()
    assert str(log) in told.value.remedy
    assert "policy.py" in log.read_text()
    assert "Jane" not in str(told.value)


def test_a_fault_of_ours_in_this_process_stays_what_it_is(tmp_path, monkeypatch):
    fail = function_in(tmp_path / "x", "testamur.odd", FAIL, monkeypatch)
    with pytest.raises(KeyError), _explained(tmp_path / "home"):
        fail()


def test_a_message_beyond_what_the_store_keeps_is_cut_and_says_so():
    faults = [Problem(f"column 'c{i}'", "x" * 500) for i in range(2000)]
    ending = explain(DataError("The data cannot be used", faults))
    short = shorten(ending)
    assert len(ending.message) > 20_000 > len(short.message)
    n_cut = len(ending.message) - LONGEST_MESSAGE
    assert f"{n_cut:,} more characters are left out" in short.message
    assert "testamur job logs" in short.message
    assert shorten(short.model_copy(update={"message": "short"})).message == "short"
