"""docs/hooks.md and the hook specifications say the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from testamur.contracts.plugin import PluginStatus
from testamur.hooks import specs
from testamur.hooks.calls import new_manager
from testamur.hooks.offers import KINDS

TEXT = (Path(__file__).parents[3] / "docs" / "hooks.md").read_text(encoding="utf-8")
HOOKS = sorted(name for name, caller in vars(new_manager().hook).items() if caller.has_spec())
SECTIONS = {
    name: (arguments, body)
    for name, arguments, body in re.findall(r"^### `(\w+)\((.*?)\)`\n(.*?)(?=^##|\Z)", TEXT, re.M | re.S)
}


def test_every_hook_is_documented_and_nothing_else():
    assert sorted(SECTIONS) == HOOKS


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_sentence_and_every_argument(hook):
    arguments, body = SECTIONS[hook]
    names = list(inspect.signature(getattr(specs, hook)).parameters)
    assert [part.strip() for part in arguments.split(",") if part.strip()] == names
    assert inspect.getdoc(getattr(specs, hook)) in body
    assert re.findall(r"^\| `(\w+)` \|", body, re.M) == names


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_described_in_one_sentence(hook):
    sentence = inspect.getdoc(getattr(specs, hook)) or ""
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert sentence.count(".") == 1


def test_every_record_is_named():
    for kind in KINDS:
        assert f"{kind.record.__module__}.{kind.record.__name__}" in SECTIONS[kind.hook][1]


def test_every_status_is_explained():
    table = TEXT.rpartition("| status |")[2]
    assert re.findall(r"^\| (\w+) \|", table, re.M) == [status.value for status in PluginStatus]


def test_every_rule_of_the_kit_is_in_the_walk():
    from testamur.testing.kit import RULES

    walk = (Path(__file__).parents[3] / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
    table = walk.rpartition("| rule |")[2]
    assert re.findall(r"^\| (\w+) \|", table, re.M) == [rule.name for rule in RULES]
