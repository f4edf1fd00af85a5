from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from testamur.contracts.errors import NotFound, PluginError
from testamur.contracts.event import Event, EventKind
from testamur.contracts.finding import Finding
from testamur.contracts.job import Attempt
from testamur.contracts.plugin import PluginStatus
from testamur.hooks.calls import import_plugin
from testamur.hooks.discovery import discover
from testamur.hooks.registry import Registry

from .conftest import GOOD

REGISTRATIONS = ("datasets", "models", "checks", "policies", "reports")
HOOK = "from testamur import hookimpl\n@hookimpl\ndef {hook}({arguments}):\n    {body}\n"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = Event(job_id="j", kind=EventKind.EPOCH, at=NOW)
ATTEMPT = Attempt(
    number=1, worker="w", host="h", pid=None, started_at=NOW, ended_at=None, heartbeat_at=NOW,
    outcome="running", reason="", resumed_from_epoch=None,
)  # fmt: skip


def load(site, home=None, **named) -> Registry:
    return Registry.load(home, path=[str(site)], **named)


def status(registry: Registry, name: str) -> tuple[PluginStatus, str]:
    info = next(info for info in registry.plugins() if info.name == name)
    return info.status, info.error


def test_loads_what_is_registered(install, site):
    install("mine")
    registry = load(site)
    assert registry.policy("mine.default").key == "mine.default"
    assert list(registry.policies()) == ["mine.default"]
    assert registry.datasets() == registry.models() == registry.checks() == registry.reports() == {}
    assert registry.origin("mine.default").distribution == "dist-mine"
    assert status(registry, "mine") == (PluginStatus.ACTIVE, "")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("import no_such_module_at_all", "no_such_module_at_all"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        (GOOD.replace("register_policies", "register_polices"), "did you mean register_policies"),
        (HOOK.format(hook="on_epoch", arguments="evnt", body="pass"), "evnt"),
        ("x = 1", "offered but not registered: mine.default"),
        (GOOD.replace("@hookimpl", ""), "offered but not registered: mine.default"),
        (GOOD.replace("{name}.default", "{name}.other"), "registered but not offered: mine.other"),
        (GOOD.replace("{name}.default", "theirs.default"), "must begin with 'mine.'"),
        (GOOD.replace("[policy(", "2 * [policy("), "registered once"),
        (GOOD.replace("return [", "return [None, "), "NoneType at position 0"),
        (
            GOOD.replace('return [policy("{name}.default")]', "return 7"),
            "list of Policy is required, however: int",
        ),
        (GOOD.replace('"{name}.default"', '"no key"'), "ValidationError"),
        (GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)") + "    yield", "a function is required"),
    ],
)
def test_a_broken_plugin_is_quarantined_and_the_others_work(install, site, source, cause):
    install("mine", source)
    install("other")
    registry = load(site)
    state, error = status(registry, "mine")
    assert state is PluginStatus.BROKEN
    assert cause in error
    assert list(registry.policies()) == ["other.default"]
    with pytest.raises(PluginError, match="mine is broken") as caught:
        registry.policy("mine.default")
    assert cause in str(caught.value)


@pytest.mark.parametrize("kind", REGISTRATIONS)
@pytest.mark.parametrize("body", ["raise ValueError('from the hook')", "return [object()]", "return 'text'"])
def test_a_fault_in_each_hook_names_plugin_hook_and_definition(install, site, kind, body):
    install("mine", GOOD.replace("register_policies", "spare").replace("@hookimpl", "")
            + HOOK.format(hook=f"register_{kind}", arguments="", body=body))  # fmt: skip
    error = status(load(site), "mine")[1]
    assert "plugin mine" in error
    assert f"register_{kind}" in error
    assert "plugin.py:" in error


def test_a_half_registered_plugin_leaves_nothing_behind(install, site):
    source = GOOD + HOOK.format(hook="register_reports", arguments="", body="raise ValueError('late')")
    watcher = HOOK.format(hook="on_epoch", arguments="event", body="raise AssertionError('still called')")
    install("mine", source + watcher)
    registry = load(site)
    assert registry.policies() == {}
    registry.notify_epoch(EPOCH)
    assert registry.watcher_faults == ()


@pytest.mark.parametrize(("api", "word"), [("[2, 2]", "incompatible")])
def test_an_incompatible_plugin_is_not_imported(install, site, api, word):
    install("mine", "raise AssertionError('imported')", api=api)
    registry = load(site)
    assert status(registry, "mine")[0].value == word
    with pytest.raises(PluginError, match="plugin API 2 to 2"):
        registry.dataset("mine.data")


def test_duplicate_names_are_left_out_and_both_listed(install, site):
    install("mine", distribution="first")
    install("mine", distribution="second")
    registry = load(site)
    assert [info.distribution for info in registry.plugins()] == ["first", "second"]
    with pytest.raises(PluginError, match=r"first 1\.0 and second 1\.0"):
        registry.policy("mine.default")


def test_only_loads_what_is_asked_for(install, site, tmp_path):
    install("mine")
    install("other", "raise AssertionError('imported')")
    registry = load(site, tmp_path, only={"mine"})
    assert registry.policy("mine.default")
    with pytest.raises(PluginError, match="not asked for"):
        registry.policy("other.default")
    assert not (tmp_path / "plugins.json").exists()  # nothing to remember of a plugin left alone


def test_a_failed_load_is_remembered_and_forgotten_once_it_loads(install, site, tmp_path):
    package = install("mine", "raise RuntimeError('boom')")
    load(site, tmp_path)
    stored = discover(tmp_path, path=[str(site)])[0]
    assert stored.status is PluginStatus.BROKEN
    assert "boom" in stored.error
    (site / package / "plugin.py").write_text(GOOD.replace("{name}", "mine") + "\n# mended\n")
    load(site, tmp_path)
    assert discover(tmp_path, path=[str(site)])[0].status is PluginStatus.ACTIVE
    assert json.loads((tmp_path / "plugins.json").read_text())["broken"] == {}


def test_a_disabled_plugin_is_not_imported(install, site, tmp_path):
    install("mine", "raise AssertionError('imported')")
    (tmp_path / "plugins.json").write_text('{"disabled": ["mine"], "broken": {}}')
    registry = load(site, tmp_path)
    with pytest.raises(PluginError, match="testamur plugin enable mine"):
        registry.policy("mine.default")


def test_a_home_that_cannot_be_written_does_not_keep_plugins_from_loading(install, site, tmp_path, caplog):
    install("mine")
    install("bad", "raise RuntimeError('boom')")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with caplog.at_level(logging.WARNING):
        registry = Registry.load(blocked / "home", path=[str(site)])
    assert registry.policy("mine.default")
    assert "was not kept" in caplog.text


def test_unknown_keys_come_with_a_proposal(install, site):
    install("mine")
    registry = load(site)
    with pytest.raises(NotFound, match=r"did you mean mine\.default"):
        registry.policy("mine.defualt")
    with pytest.raises(NotFound, match=r"did you mean mine\.default"):
        registry.policy("default")
    with pytest.raises(NotFound, match="no model is known"):
        registry.model("mine.default")
    with pytest.raises(NotFound, match="no installed plugin"):
        registry.origin("nobody.thing")


def test_a_key_that_two_sources_claim_names_both(install, site):
    install("mine", distribution="first")
    registry = load(site)
    second = replace(registry.plugins()[0], distribution="second", version="2", manifest=None)
    registry._manager.unregister(name="mine")  # pluggy itself refuses a second plugin of one name
    with pytest.raises(PluginError, match=r"registered twice: by first 1\.0 and by second 2"):
        registry._admit(second, import_plugin(second))


@pytest.mark.parametrize("hook", ["on_epoch", "on_job_state"])
def test_a_fault_in_a_watcher_is_recorded_once_and_the_others_are_told(install, site, caplog, hook):
    install("alpha", GOOD + HOOK.format(hook=hook, arguments="event", body="raise ValueError('w')"))
    told = HOOK.format(hook=hook, arguments="event", body="TOLD.append(event)") + "TOLD = []\n"
    package = install("beta", GOOD + told)
    registry = load(site)
    notify = registry.notify_epoch if hook == "on_epoch" else registry.notify_job_state
    notify(EPOCH)
    notify(EPOCH)
    assert sys.modules[f"{package}.plugin"].TOLD == [EPOCH, EPOCH]
    assert [(fault.plugin, fault.hook) for fault in registry.watcher_faults] == [("alpha", hook)]
    assert "ValueError: w" in caplog.text


def test_after_audit_adds_findings_of_the_plugin_and_nothing_else(install, site):
    added = "from testamur.contracts.finding import Finding\n"
    body = "return [Finding(check='{name}.own', measure='m', label='m', value=1.0)]"
    install("good", GOOD + added + HOOK.format(hook="after_audit", arguments="findings", body=body))
    stranger = body.replace("{name}.own", "core.data.balance")
    install("bad", GOOD + added + HOOK.format(hook="after_audit", arguments="attempt", body=stranger))
    install("wrong", GOOD + HOOK.format(hook="after_audit", arguments="", body="return 'text'"))
    install("silent", GOOD + HOOK.format(hook="after_audit", arguments="", body="return None"))
    registry = load(site)
    before = (Finding(check="core.data.balance", measure="m", label="m", value=0.0),)
    assert [finding.check for finding in registry.after_audit(ATTEMPT, before)] == ["good.own"]
    assert sorted(fault.plugin for fault in registry.watcher_faults) == ["bad", "wrong"]


def test_watchers_cannot_change_what_others_see(install, site):
    spoil = HOOK.format(hook="after_audit", arguments="findings", body="findings[0].cells.clear()")
    spoil += HOOK.format(hook="on_epoch", arguments="event", body="event.data.clear()")
    install("spoiler", GOOD + spoil)
    registry = load(site)
    finding = Finding(check="core.data.balance", measure="m", label="m", value=0.0, cells={"n": 3})
    event = EPOCH.model_copy(update={"data": {"epoch": 1}})
    registry.after_audit(ATTEMPT, [finding])
    registry.notify_epoch(event)
    assert finding.cells == {"n": 3}
    assert event.data == {"epoch": 1}


def test_health_registers_without_torch():
    code = (
        "import sys; from testamur.hooks.registry import Registry; import testamur_health.plugin as health;"
        "registry = Registry.from_objects({'health': health}); registry.model('health.risk');"
        "print(sorted({'torch', 'scipy', 'polars', 'sklearn'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
