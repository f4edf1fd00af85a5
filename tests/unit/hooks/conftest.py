"""Installs small plugins into a folder of the import path, as pip would."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

POLICY = """
from testamur import hookimpl
from testamur.contracts.policy import Policy

def policy(key):
    return Policy(key=key, version="1", title="t", owner="o", rationale="r")
"""

GOOD = (
    POLICY
    + """
@hookimpl
def register_policies():
    return [policy("{name}.default")]
"""
)

Install = Callable[..., str]


@pytest.fixture
def install(site: Path) -> Install:
    """Write a distribution with one plugin and return the name of its package."""
    numbers = itertools.count()

    def write(
        name: str,
        source: str = GOOD,
        *,
        manifest: str | None = None,
        offers: str = 'policies = ["{name}.default"]',
        api: str = "[1, 1]",
        distribution: str | None = None,
        version: str = "1.0",
        value: str | None = None,
    ) -> str:
        package = f"plug_{next(numbers)}_{site.parent.name[-8:]}".replace("-", "_")
        slug = name if name.isidentifier() else "odd"
        folder = site / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "plugin.py").write_text(textwrap.dedent(source).replace("{name}", slug))
        offers = offers.replace("{name}", slug)
        text = f'[plugin]\napi = {api}\ntitle = "Title of {slug}"\n[offers]\n{offers}\n'
        if manifest != "":
            (folder / "plugin.toml").write_text(text if manifest is None else manifest)
        stem = (distribution or f"dist-{slug}").replace("-", "_")
        info = site / f"{stem}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {stem}\nVersion: {version}\n")
        target = f"{package}.plugin" if value is None else value
        (info / "entry_points.txt").write_text(f"[testamur.plugins]\n{name} = {target}\n")
        return package

    return write
