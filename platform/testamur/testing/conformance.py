"""The conformance kit as a pytest class: subclass it in a plugin's tests and name the plugin."""

from __future__ import annotations

from typing import ClassVar

import pytest

from testamur.testing.kit import RULES, Rule, examine
from testamur.testing.subject import Subject, open_subject


class PluginConformance:
    """Every rule of the kit as one test.

    Example:
        >>> class TestHealth(PluginConformance):
        ...     plugin = "health"
    """

    plugin: ClassVar[str]
    _subject: ClassVar[Subject]

    @classmethod
    def open(cls) -> Subject:
        """The plugin, loaded once for all rules of the class."""
        if "_subject" not in vars(cls):
            cls._subject = open_subject(cls.plugin)
        return cls._subject

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
    def test_rule(self, rule: Rule) -> None:
        """The plugin keeps the rule."""
        subject = self.open()
        if not rule.static and not subject.loaded:
            pytest.fail(f"the plugin does not load: {subject.info.error}")
        complaints = examine(rule, subject)
        assert not complaints, "\n" + "\n".join(str(complaint) for complaint in complaints)
