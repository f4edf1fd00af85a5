"""Writes a new plugin: a complete distribution whose tests pass straight away."""

from __future__ import annotations

import hashlib
import keyword
import math
import random
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from testamur import API_VERSION
from testamur.contracts.errors import ConfigurationError, Problem
from testamur.hooks.discovery import CORE

N_ROWS = 400
_OURS = (CORE, "workers", "templates")  # testamur_workers and testamur_templates are the platform's
_TEMPLATES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "init.py": "$package/__init__.py",
    "plugin.toml": "$package/plugin.toml",
    "plugin.py": "$package/plugin.py",
    "datasets.py": "$package/datasets.py",
    "policy.py": "$package/policy.py",
    "reports.py": "$package/reports.py",
    "finishers.html.j2": "$package/templates/finishers.html.j2",
    "sample.toml": "$package/examples/sample.toml",
    "test_plugin.py": "tests/test_$name.py",
}


def write_plugin(name: str, folder: Path) -> list[Path]:
    """Write the distribution of a new plugin into a folder that is empty or does not exist.

    Args:
        name: Domain slug: lower-case letters, digits and underscores.
        folder: Where the distribution goes, such as ``testamur-mine``.

    Returns:
        The files written, sorted.

    Raises:
        ConfigurationError: The name cannot be used, or the folder holds something.
    """
    _refuse_faults(name, folder)
    sample = sample_csv(seed=0).encode()
    words = {
        "name": name,
        "package": f"testamur_{name}",
        "distribution": f"testamur-{name.replace('_', '-')}",
        "title": name.replace("_", " ").capitalize(),
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "api": str(API_VERSION),
        "n_rows": str(N_ROWS),
        "sha256": hashlib.sha256(sample).hexdigest(),
    }
    contents = {
        Template(target).substitute(words): _fill(source, words).encode()
        for source, target in _TEMPLATES.items()
    }
    contents[f"{words['package']}/data/sample.csv"] = sample
    for relative, content in contents.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(folder / relative for relative in contents)


def sample_csv(seed: int) -> str:
    """Draw the synthetic sample: people who do or do not finish a course.

    The log-odds of finishing are ``0.25 (hours - 8) + 0.6 (grade - 6) + 0.4 [channel = evening]``,
    so that there is something to learn.

    Args:
        seed: Seed of the draw; the same seed gives the same text.
    """
    rng = random.Random(seed)  # noqa: S311 - made-up data, not a secret
    lines = ["person,finished,sex,age,hours,grade,channel"]
    for person in range(1, N_ROWS + 1):
        hours, grade = round(rng.uniform(2, 14), 1), round(rng.gauss(6, 1.2), 2)
        channel = rng.choice(("day", "evening", "online"))
        odds = 0.25 * (hours - 8) + 0.6 * (grade - 6) + 0.4 * (channel == "evening")
        finished = int(rng.random() < 1 / (1 + math.exp(-odds)))
        sex, age = rng.choice(("female", "male")), rng.randint(18, 69)
        lines.append(f"{person},{finished},{sex},{age},{hours},{grade},{channel}")
    return "\n".join(lines) + "\n"


def _fill(source: str, words: dict[str, str]) -> str:
    text = files("testamur.testing").joinpath("scaffold_files", f"{source}.tmpl").read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _refuse_faults(name: str, folder: Path) -> None:
    problems = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or keyword.iskeyword(name):
        message = (
            f"lower-case letters, digits and underscores, at most 40, are required, however: {name[:60]!r}"
        )
        problems.append(Problem("name", message, "such as energy or public_health"))
    elif name in _OURS:
        problems.append(Problem("name", f"{name!r} belongs to the platform", "choose another name"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problems.append(Problem("folder", f"an empty or new folder is required, however: {folder}"))
    if problems:
        raise ConfigurationError("The plugin cannot be written", problems)
