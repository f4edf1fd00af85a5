"""Wheels build and run outside the repository; a plugin installs alone against the core."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    sources = [ROOT, *(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    subprocess.run([*command, *map(str, sources)], check=True, capture_output=True)
    return {path.name.split("-")[0]: path for path in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def installed(wheels, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for wheel in wheels.values():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str, home: Path) -> str:
    environment = {"PYTHONPATH": str(installed), "TESTAMUR_HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_core_wheel_holds_what_it_needs(wheels):
    names = set(zipfile.ZipFile(wheels["testamur"]).namelist())
    assert "testamur/py.typed" in names
    assert any(name.startswith("testamur_templates/report/") for name in names)
    assert any(name.startswith("testamur/store/migrations/") for name in names)
    assert any(name.startswith("testamur_workers/") for name in names)
    assert not any("tests/" in name or name.startswith("platform/") for name in names)


def test_the_wheels_run_outside_the_repository(installed, tmp_path):
    where = run(installed, "-c", "import testamur; print(testamur.__file__)", home=tmp_path)
    assert where.startswith(str(installed))
    listing = run(installed, "-m", "testamur", "plugin", "list", "--json", home=tmp_path)
    assert '"health"' in listing
    datasets = run(installed, "-m", "testamur", "dataset", "list", "--json", home=tmp_path)
    assert '"health.nhefs"' in datasets
