"""What the documents show is run: Python blocks, console blocks, TOML blocks; links resolve."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

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
BLOCK = re.compile(r"^```([a-z]*)[^\n]*\n(.*?)^```", re.M | re.S)


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(page.read_text()) if found == language]


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


@pytest.mark.parametrize("page", with_blocks("python"), ids=name_of)
def test_python_blocks_run_in_order(page, tmp_path):
    script = tmp_path / "page.py"
    script.write_text("\n\n".join(blocks(page, "python")))
    ast.parse(script.read_text())
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:testamur", str(script)],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


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


@pytest.mark.parametrize("page", with_blocks("toml"), ids=name_of)
def test_toml_blocks_parse(page):
    for body in blocks(page, "toml"):
        tomllib.loads(body)


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=name_of)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", BLOCK.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(page.name[:4]) for page in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
