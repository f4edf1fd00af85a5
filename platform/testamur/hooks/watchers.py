"""Calls the watcher hooks. A fault in a watcher is recorded and logged, never fatal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy

from testamur.contracts.errors import PluginError
from testamur.contracts.event import Event
from testamur.contracts.finding import Finding
from testamur.contracts.job import Attempt
from testamur.hooks.calls import call

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatcherFault:
    """What went wrong in one call of a watcher.

    Attributes:
        plugin: Name of the plugin.
        hook: Name of the hook.
        message: Cause with the place of the definition.
    """

    plugin: str
    hook: str
    message: str


class Watchers:
    """The plugins that follow jobs; each is called in a guard of its own."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self.faults: list[WatcherFault] = []

    def notify(self, hook: str, event: Event) -> None:
        """Call `hook` of every plugin that implements it, sorted by name, each with a copy of its own."""
        for _ in self._answers(hook, lambda: {"event": event.model_copy(deep=True)}):
            pass  # a watcher's answer is of no interest here

    def after_audit(self, attempt: Attempt, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings that plugins add under their own keys."""
        added: list[Finding] = []
        for plugin, answer in self._answers("after_audit", lambda: _audit_copy(attempt, findings)):
            if answer is None:
                continue
            fault = _finding_fault(plugin, answer)
            if fault:
                self._record(plugin, "after_audit", f"plugin {plugin}: hook after_audit: {fault}")
            else:
                added += answer
        return tuple(added)

    def _answers(
        self, hook: str, make_arguments: Callable[[], Mapping[str, Any]]
    ) -> Iterator[tuple[str, Any]]:
        caller = getattr(self._manager.hook, hook)
        for plugin in sorted({implementation.plugin_name for implementation in caller.get_hookimpls()}):
            try:
                yield plugin, call(self._manager, plugin, hook, make_arguments())
            except PluginError as error:
                self._record(plugin, hook, error.message)

    def _record(self, plugin: str, hook: str, message: str) -> None:
        first = not any(fault.plugin == plugin and fault.hook == hook for fault in self.faults)
        if first:  # an epoch watcher that raises would repeat itself thousands of times
            _log.warning("a watcher failed and was passed over: %s", message)
            self.faults.append(WatcherFault(plugin, hook, message))
        else:
            _log.debug("a watcher failed again: %s", message)


def _audit_copy(attempt: Attempt, findings: Sequence[Finding]) -> dict[str, Any]:
    """Copies, so that no watcher can change what was found: records are frozen, their cells are not."""
    return {
        "attempt": attempt.model_copy(deep=True),
        "findings": tuple(finding.model_copy(deep=True) for finding in findings),
    }


def _finding_fault(plugin: str, answer: object) -> str:
    if not isinstance(answer, list | tuple):
        return f"a list of Finding or None is required, however: {type(answer).__name__}"
    for position, finding in enumerate(answer):
        if not isinstance(finding, Finding):
            return f"a list of Finding is required, however: {type(finding).__name__} at position {position}"
        if finding.check.partition(".")[0] != plugin:
            return f"added findings must name a check that begins with {plugin + '.'!r}"
    return ""
