"""The walls of the house: what may lie where."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "hooks", "data", "train", "audit", "report", "store", "jobs", "pipeline", "interfaces")
LONGEST_FILE = 400


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_top_level_holds_the_promised_folders():
    names = {path.name for path in ROOT.iterdir()}
    assert {"pyproject.toml", "platform", "plugins", "workers", "templates", "tests"} <= names


@pytest.mark.parametrize("container", ["platform", "workers", "templates", "plugins"])
def test_containers_are_not_packages(container):
    assert not (ROOT / container / "__init__.py").exists(), (
        "platform/__init__.py would shadow the stdlib module"
    )


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_init_is_a_docstring_and_nothing_else(room):
    tree = ast.parse((ROOT / "platform" / "testamur" / room / "__init__.py").read_text())
    assert [type(node) for node in tree.body] == [ast.Expr]


def test_no_file_is_called_after_nothing():
    names = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}
    assert [str(path) for path in tracked("*.py") if path.stem in names] == []


def test_no_file_of_ours_is_longer_than_one_noun():
    long = {
        str(path.relative_to(ROOT)): n
        for path in tracked("platform/*.py", "workers/*.py", "plugins/*.py")
        if (n := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_only_settings_and_the_invocation_read_the_environment():
    allowed = {"settings.py", "invocation.py"}  # the second puts --home over TESTAMUR_HOME
    readers = [
        str(path.relative_to(ROOT))
        for path in tracked("platform/testamur/*.py")
        if re.search(r"\bos\.(environ|getenv)\b|from os import", path.read_text())
        and path.name not in allowed
        and "testing" not in path.parts
    ]
    assert readers == []


def test_nothing_is_pickled():
    offenders = [
        str(path.relative_to(ROOT))
        for path in tracked("platform/*.py", "workers/*.py", "plugins/*.py")
        if re.search(
            r"^\s*(import pickle\b|from pickle\b|import joblib|torch\.(load|save)\()", path.read_text(), re.M
        )
    ]
    assert offenders == []


def test_no_shell_strings():
    pattern = re.compile(r"shell\s*=\s*True|os\.system\(|os\.popen\(")
    offenders = [
        str(path)
        for path in tracked("*.py")
        if path.name != "test_layout.py" and pattern.search(path.read_text())
    ]
    assert offenders == []


def test_tests_that_assert_a_time_lie_where_make_test_looks_for_them():
    pattern = re.compile(r"\bmark\.alone\b")
    asserting = [path for path in tracked("tests/*.py", "plugins/*.py") if pattern.search(path.read_text())]
    assert {path.parent for path in asserting} == {ROOT / "tests" / "acceptance"}
    assert "-m alone tests/acceptance" in (ROOT / "Makefile").read_text()
