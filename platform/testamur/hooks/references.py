"""Turns ``module:function`` into the function, at the moment it is needed and not before."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from testamur.contracts.errors import PluginError
from testamur.hooks.suggest import did_you_mean

_FORM = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def resolve(reference: str) -> Callable[..., Any]:
    """Import the module and return its function.

    Args:
        reference: ``module:function``, such as ``testamur_health.nets.risk:build``.

    Raises:
        PluginError: The text has another form, the module cannot be imported, it lacks the name,
            or the name is not callable.
    """
    if not _FORM.fullmatch(reference):
        raise PluginError(f"module:function is required, however: {reference[:200]!r}")
    module_name, _, name = reference.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise PluginError(
            f"{reference}: the module {module_name} cannot be imported: {type(error).__name__}: {error}",
            remedy=f"try it out: python -c 'import {module_name}'",
        ) from error
    if not hasattr(module, name):
        public = [known for known in vars(module) if not known.startswith("_")]
        raise PluginError(
            f"{reference}: the module {module_name} has no {name!r}",
            remedy=did_you_mean(name, public, what="function in it"),
        )
    found = getattr(module, name)
    if not callable(found):
        raise PluginError(f"{reference}: a function is required, however: a {type(found).__name__}")
    return found  # type: ignore[no-any-return]  # callable() has just been asked
