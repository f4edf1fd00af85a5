"""``plugin new``, ``pip install``, its own tests, the kit, and a place in the list: no change in the core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from testamur.testing.scaffold import write_plugin

ROOT = Path(__file__).parents[2]


def python(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} | ({"PYTHONPATH": str(path)} if path else {})
    answer = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return answer.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Source and installation of a new plugin, installed by pip from its wheel."""
    folder = tmp_path_factory.mktemp("new")
    source, target = folder / "testamur-orchard", folder / "target"
    write_plugin("orchard", source)
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    python(*pip, "--target", str(target), str(source), cwd=folder)
    return source, target


def test_its_own_tests_pass_after_installation(installed):
    source, target = installed
    assert "12 passed" in python("-m", "pytest", "-q", cwd=source, path=target)


def test_it_is_listed_and_accepted_as_installed(installed):
    source, target = installed
    code = (
        "import json; from testamur.hooks.discovery import discover;"
        "from testamur.testing.kit import check_plugin;"
        "info = next(i for i in discover(None) if i.name == 'orchard');"
        "print(json.dumps([info.status.value, info.version, [str(c) for c in check_plugin('orchard')]]))"
    )
    assert json.loads(python("-c", code, cwd=source.parent, path=target)) == ["active", "0.1.0", []]


@pytest.mark.parametrize("plugin", sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")))
def test_a_wheel_carries_manifest_and_data(plugin, tmp_path):
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    name = python("-c", code, cwd=ROOT / "plugins" / plugin).strip().splitlines()[-1]
    packed = set(zipfile.ZipFile(tmp_path / name).namelist())
    package = ROOT / "plugins" / plugin / f"testamur_{plugin}"
    expected = {
        f"testamur_{plugin}/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert f"testamur_{plugin}/plugin.toml" in expected
    assert expected <= packed
