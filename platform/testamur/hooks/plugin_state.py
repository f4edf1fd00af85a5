"""What the platform remembers of plugins in ``HOME/plugins.json``: the block list and failed loads.

Standard library only: ``testamur plugin list`` reads it at start-up.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from testamur.contracts.errors import ConfigurationError, Problem, StoreError
from testamur.contracts.plugin import PluginInfo, PluginStatus
from testamur.settings import make_private

FILE_NAME = "plugins.json"


@dataclass(frozen=True, slots=True)
class LoadFault:
    """Why the last load of a plugin failed; forgotten when another version is installed."""

    version: str
    error: str


@dataclass(frozen=True, slots=True)
class PluginState:
    """Everything remembered.

    Attributes:
        disabled: Plugins on the block list.
        broken: Fault of the last load by plugin.
    """

    disabled: frozenset[str] = frozenset()
    broken: dict[str, LoadFault] = field(default_factory=dict)


def read_state(home: Path | None) -> PluginState:
    """Read what is remembered; nothing where there is no home or no file.

    Raises:
        ConfigurationError: The file is damaged.
    """
    if home is None:
        return PluginState()
    path = home / FILE_NAME
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        broken = {name: LoadFault(str(f["version"]), str(f["error"])) for name, f in tree["broken"].items()}
        return PluginState(frozenset(str(name) for name in tree["disabled"]), broken)
    except (FileNotFoundError, NotADirectoryError):
        return PluginState()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problem = Problem(str(path), f"{type(error).__name__}", "delete the file; then disable plugins again")
        raise ConfigurationError("The plugin block list cannot be read", [problem]) from error


def change_state(home: Path, change: Callable[[PluginState], PluginState]) -> PluginState:
    """Apply a change under a lock and replace the file in one step; an equal state is not written.

    Raises:
        ConfigurationError: The file is damaged.
        StoreError: The home folder cannot be written.
    """
    try:
        found = read_state(home)
        if change(found) == found:  # the usual case, and a runner may not write here
            return found
        make_private(home)
        with _locked(home / f".{FILE_NAME}.lock"):
            before = read_state(home)
            after = change(before)
            if after != before:
                _replace(home / FILE_NAME, after)
    except OSError as error:
        raise StoreError(
            f"a writable home folder is required, however: {home}: {error.strerror}",
            remedy="check its permissions and the free space, or set TESTAMUR_HOME",
        ) from error
    return after


def remember_loads(home: Path, infos: Iterable[PluginInfo]) -> None:
    """Keep which of the plugins just loaded are broken, and forget the faults of the others.

    A home that cannot be written is logged: it must not keep a job from its plugins.
    """
    loaded = list(infos)
    names = {info.name for info in loaded}
    faults = {
        info.name: LoadFault(info.version, info.error)
        for info in loaded
        if info.status is PluginStatus.BROKEN
    }

    def change(state: PluginState) -> PluginState:
        kept = {name: fault for name, fault in state.broken.items() if name not in names}
        return replace(state, broken=kept | faults)

    try:
        change_state(home, change)
    except StoreError as error:
        import logging

        logging.getLogger(__name__).warning("the result of loading plugins was not kept: %s", error.message)


def _replace(path: Path, state: PluginState) -> None:
    tree = {
        "disabled": sorted(state.disabled),
        "broken": {
            name: {"version": fault.version, "error": fault.error}
            for name, fault in sorted(state.broken.items())
        },
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        if sys.platform != "win32":  # two writers at once would lose one of the changes
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
