"""The marks that tell a hook specification and a hook implementation from a plain function."""

from __future__ import annotations

import pluggy

PROJECT = "testamur"

hookspec = pluggy.HookspecMarker(PROJECT)
"""Marks a hook specification; only `testamur.hooks.specs` uses it."""

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of the hook of the same name."""
