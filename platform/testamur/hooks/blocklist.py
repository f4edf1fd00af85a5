"""Switches plugins off and on again. Standard library only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from testamur.contracts.errors import NotFound
from testamur.contracts.plugin import PluginInfo
from testamur.hooks.discovery import discover
from testamur.hooks.plugin_state import PluginState, change_state, read_state
from testamur.hooks.suggest import did_you_mean


def disable(home: Path, name: str) -> PluginInfo:
    """Put an installed plugin on the block list: it is listed, but not loaded any more.

    Raises:
        NotFound: No such plugin is installed.
        StoreError: The home folder cannot be written.
    """
    _require(name, [info.name for info in discover(home)])
    change_state(home, lambda state: replace(state, disabled=state.disabled | {name}))
    return _info(home, name)


def enable(home: Path, name: str) -> PluginInfo | None:
    """Take a plugin off the block list and forget its last failed load: the next load decides.

    Returns:
        The plugin, or None where it is not installed any more.

    Raises:
        NotFound: No such plugin is installed or blocked.
        StoreError: The home folder cannot be written.
    """
    installed = [info.name for info in discover(home)]
    _require(name, [*installed, *read_state(home).disabled])
    change_state(home, lambda state: _forget(state, name))
    return _info(home, name) if name in installed else None


def _forget(state: PluginState, name: str) -> PluginState:
    broken = {other: fault for other, fault in state.broken.items() if other != name}
    return PluginState(state.disabled - {name}, broken)


def _require(name: str, known: list[str]) -> None:
    if name not in known:
        raise NotFound(
            f"no plugin {name[:80]!r} is installed", remedy=did_you_mean(name, known, what="plugin")
        )


def _info(home: Path, name: str) -> PluginInfo:
    return next(info for info in discover(home) if info.name == name)
