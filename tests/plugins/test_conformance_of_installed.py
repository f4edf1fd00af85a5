"""Every installed plugin of ours keeps every rule of the kit."""

from __future__ import annotations

import pytest

from testamur.hooks.discovery import discover
from testamur.testing.kit import check_plugin

NAMES = [info.name for info in discover(None) if info.distribution.startswith("testamur-")]


def test_the_health_domain_is_installed():
    assert "health" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_every_rule(name):
    assert "\n".join(str(complaint) for complaint in check_plugin(name)) == ""
