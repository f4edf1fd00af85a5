"""Loads a plugin's module and calls its hooks, each in a guard that names plugin, hook and definition."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import pluggy

from testamur.contracts.errors import PluginError, TestamurError
from testamur.contracts.plugin import PluginInfo
from testamur.hooks import specs
from testamur.hooks.discovery import CORE
from testamur.hooks.markers import PROJECT
from testamur.hooks.suggest import did_you_mean

_LONGEST_CAUSE = 2000


def new_manager() -> pluggy.PluginManager:
    """A plugin manager that knows the hook specifications and no plugin."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    return manager


def import_plugin(info: PluginInfo) -> object:
    """Import the module (or the object in it) that holds a plugin's hook implementations.

    Raises:
        PluginError: The import raised, or asked the interpreter to exit.
    """
    module_name, _, attribute = info.module.partition(":")
    try:
        module = importlib.import_module(module_name)
        return reduce(getattr, attribute.split("."), module) if attribute else module
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"plugin {info.name}: importing {info.module} raised {describe(error)}",
            plugin=info.name,
            remedy=_remedy(info.name),
        ) from error


def register(manager: pluggy.PluginManager, info: PluginInfo, plugin: object) -> None:
    """Register a plugin's hooks, or leave no trace of it.

    Raises:
        PluginError: A hook is misspelt, takes an argument that the specification lacks, or is
            otherwise refused by pluggy.
    """
    try:
        manager.register(plugin, name=info.name)
        _refuse_unknown_hooks(manager, info, plugin)
        _refuse_wrappers(manager, info, plugin)
    except PluginError:
        manager.unregister(name=info.name)
        raise
    except Exception as error:
        if manager.has_plugin(info.name):
            manager.unregister(name=info.name)
        raise PluginError(
            f"plugin {info.name}: its hooks were refused: {describe(error)}",
            plugin=info.name,
            remedy="docs/hooks.md lists every hook with its arguments",
        ) from error


def call(manager: pluggy.PluginManager, name: str, hook: str, arguments: Mapping[str, Any]) -> Any:
    """Call one hook of one plugin.

    Returns:
        What the plugin returned, or None where it does not implement the hook.

    Raises:
        PluginError: The hook raised; the cause is attached.
    """
    others = [plugin for other, plugin in manager.list_name_plugin() if other != name and plugin is not None]
    caller = manager.subset_hook_caller(hook, others)
    if not caller.get_hookimpls():
        return None
    try:
        answers = caller(**arguments)
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"plugin {name}: hook {hook} ({definition(manager, name, hook)}) raised {describe(error)}",
            plugin=name,
            hook=hook,
            remedy=_remedy(name),
        ) from error
    return answers[0] if answers else None


def definition(manager: pluggy.PluginManager, name: str, hook: str) -> str:
    """File and line of a plugin's implementation of a hook."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        if implementation.plugin_name == name:
            code = getattr(inspect.unwrap(implementation.function), "__code__", None)
            if code is not None:
                return f"{Path(code.co_filename).name}:{code.co_firstlineno}"
    return "place unknown"


def describe(error: BaseException) -> str:
    """Type and message of an error, cut to a length that fits a listing."""
    text = error.message if isinstance(error, TestamurError) else str(error)
    text = text if len(text) <= _LONGEST_CAUSE else text[:_LONGEST_CAUSE] + " ..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _refuse_wrappers(manager: pluggy.PluginManager, info: PluginInfo, plugin: object) -> None:
    for caller in manager.get_hookcallers(plugin) or ():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin and (implementation.wrapper or implementation.hookwrapper):
                raise PluginError(
                    f"plugin {info.name}: hook {caller.name}: a function is required, however: a wrapper",
                    plugin=info.name,
                    hook=caller.name,
                    remedy="mark it with @testamur.hookimpl without arguments",
                )


def _remedy(name: str) -> str:
    if name == CORE:
        return "the installation is damaged: install testamur again"
    return f"see `testamur plugin check {name}`, or switch it off: `testamur plugin disable {name}`"


def _refuse_unknown_hooks(manager: pluggy.PluginManager, info: PluginInfo, plugin: object) -> None:
    known = [name for name, caller in vars(manager.hook).items() if caller.has_spec()]
    unknown = sorted(
        caller.name for caller in manager.get_hookcallers(plugin) or () if caller.name not in known
    )
    if unknown:
        hints = "; ".join(f"{name}: {did_you_mean(name, known, what='hook')}" for name in unknown)
        raise PluginError(
            f"plugin {info.name}: no such hook: {', '.join(unknown)}",
            plugin=info.name,
            hook=unknown[0],
            remedy=hints,
        )
