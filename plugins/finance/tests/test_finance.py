"""The plugin keeps every rule of the conformance kit."""

from __future__ import annotations

from testamur.testing.conformance import PluginConformance


class TestFinance(PluginConformance):
    plugin = "finance"
