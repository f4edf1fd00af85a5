"""Every function that makes the ends of an interval is tried in a committed table, or says why not."""

from __future__ import annotations

import ast
import re
import runpy

import pytest
from tests.house.interval_makers import ROOT, makers, makers_of

REGISTRY = runpy.run_path(str(ROOT / "benchmarks" / "parts" / "coverage_registry.py"))
PLACES = ("MEASURED", "FAMILIES", "PEOPLE", "CARRIED", "NO_INTERVAL")


def test_every_maker_of_ends_is_registered_once_and_exists():
    named = [maker for place in PLACES for maker in REGISTRY[place]]
    assert len(named) == len(set(named))
    assert makers() - set(named) == set(), (
        "add these to benchmarks/parts/coverage_registry.py, with a row each"
    )
    assert set(named) - makers() == set(), "these make no ends any more"


@pytest.mark.parametrize("maker", sorted(REGISTRY["MEASURED"]))
def test_rows_that_are_named_stand_in_the_committed_table(maker):
    page = (ROOT / "docs" / "measurements" / "audit_interval_coverage.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| [\d.]+ % \|$", page, re.MULTILINE)
    assert rows
    for beginning in REGISTRY["MEASURED"][maker]:
        assert any(row.startswith(beginning) for row in rows), f"no row begins: {beginning}"


def test_a_new_maker_of_ends_is_seen():
    """What the scan looks for: records with ends, findings with ends, replaced ends."""
    source = (
        "def a():\n    return Estimate(1, 0, 2, 'x')\n"
        "class B:\n    def c(self):\n        return replace(self.e, low=0.0)\n"
        "def d():\n    return Finding(check='k', low=0.0)\n"
        "def e():\n    return Estimate\n"
    )
    assert set(makers_of(ast.parse(source).body)) == {"a", "B.c", "d"}
