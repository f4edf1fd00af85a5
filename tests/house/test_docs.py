"""What the documents show is run: commands, Python; TOML is read as what it is; links resolve."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from testamur.contracts.errors import TestamurError
from testamur.data.sidecar import Sidecar
from testamur.hooks import manifest
from testamur.jobs.jobfile import build_spec
from testamur.jobs.policyfile import read_policy_file

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "decisions").glob("*.md"),
        *ROOT.glob("plugins/*/README.md"),
    ]
)
RUN_PAGES = Path(__file__).with_name("run_pages.py")
BLOCK = re.compile(r"^```([a-z]*)[^\n]*\n(.*?)^```", re.M | re.S)


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(page.read_text()) if found == language]


def test_every_decision_has_a_number_of_its_own():
    found = [page.name[:4] for page in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert found == [f"{n:04}" for n in range(1, len(found) + 1)]


def with_blocks(language: str) -> list[Path]:
    return [page for page in PAGES if page.exists() and blocks(page, language)]


def environment(home: Path) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TESTAMUR_")},
        "TESTAMUR_HOME": str(home / "testamur-home"),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "100",
    }


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """What the Python of each page raised, in one process that begins with none of it."""
    scripts = {}
    for page in with_blocks("python"):
        script = tmp_path_factory.mktemp("page") / "page.py"
        script.write_text("\n\n".join(blocks(page, "python")))
        scripts[str(script)] = page
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:testamur", str(RUN_PAGES), *scripts],
        env=environment(tmp_path_factory.mktemp("none")),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return {page: told[script] for script, page in scripts.items()}


@pytest.mark.parametrize("page", with_blocks("python"), ids=name_of)
def test_python_blocks_run_in_order(page, faults):
    assert faults[page] == ""


@pytest.mark.parametrize("page", with_blocks("console"), ids=name_of)
def test_console_blocks_run_in_order(page, tmp_path):
    """Lines that begin with ``$ `` are run without a shell; ``# exit 8`` names another exit code than 0."""
    for body in blocks(page, "console"):
        for line in re.findall(r"^\$ (.*)$", body, re.M):
            command, _, comment = line.partition("  # ")
            wanted = int(comment.split()[1]) if comment.startswith("exit") else 0
            arguments = shlex.split(command)
            if arguments[0] == "make":
                assert re.search(rf"^{arguments[1]}:", (ROOT / "Makefile").read_text(), re.M), line
                continue
            done = subprocess.run(
                arguments,
                cwd=tmp_path,
                env=environment(tmp_path),
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == wanted, f"{line}\n{done.stdout}{done.stderr}"


def hold_against_its_kind(tree: dict, folder: Path, body: str) -> None:
    """A job, a plugin's manifest or a file beside data: one that it is, with no key that is not known."""
    if "dataset" in tree:
        build_spec(tree)
    elif "limits" in tree:
        path = folder / "policy.toml"
        path.write_text(body)
        read_policy_file(path)
    elif "plugin" in tree:
        (folder / manifest.FILE_NAME).write_text(body)
        manifest.read_manifest(folder)
    else:
        Sidecar.parse(tree)


@pytest.mark.parametrize("page", with_blocks("toml"), ids=name_of)
def test_toml_blocks_are_what_they_look_like(page, tmp_path):
    for body in blocks(page, "toml"):
        hold_against_its_kind(tomllib.loads(body), tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        '[dataset]\npath = "a.csv"\ntarget = "y"\nprotectd = ["sex"]',
        '[plugin]\napi = [1, 1]\ntitle = "Mine"\npermision = []',
        'targt = "y"',
    ],
)
def test_a_toml_block_with_an_unknown_key_is_found_out(body, tmp_path):
    with pytest.raises((TestamurError, ValidationError)):
        hold_against_its_kind(tomllib.loads(body), tmp_path, body)


def test_the_readme_runs_its_python():
    assert "testamur.run(" in "".join(blocks(ROOT / "README.md", "python"))
    assert not any("import testamur" in body for body in blocks(ROOT / "README.md", "text"))


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=name_of)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", BLOCK.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(page.name[:4]) for page in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
