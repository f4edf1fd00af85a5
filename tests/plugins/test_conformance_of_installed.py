"""Every installed plugin of ours is held against every rule of the kit, by tests that travel with it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from testamur.hooks.discovery import discover

ROOT = Path(__file__).parents[2]
NAMES = [info.name for info in discover(None) if info.distribution.startswith("testamur-")]


def test_the_health_domain_is_installed():
    assert "health" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_hold_it_against_every_rule(name):
    """The class makes one test of each rule; that nothing in it leaves one out is what is asked here."""
    found = [
        node
        for path in (ROOT / "plugins" / name / "tests").glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and "PluginConformance" in map(ast.unparse, node.bases)
    ]
    (held,) = found
    assert held.name.startswith("Test")
    assert held.decorator_list == []
    assert list(map(ast.unparse, held.body)) == [f"plugin = {name!r}"]
