"""Finds installed plugins and says how each stands, without importing any. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from testamur import API_VERSION
from testamur.contracts.plugin import Manifest, PluginInfo, PluginStatus
from testamur.hooks.entry_points import FoundEntry, find_entries
from testamur.hooks.manifest import ManifestError, locate_package, read_manifest
from testamur.hooks.plugin_state import PluginState, read_state

CORE = "core"
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?")


def discover(home: Path | None, *, path: Sequence[str] | None = None) -> list[PluginInfo]:
    """List the installed plugins, sorted by name.

    The core's own features are registered like a plugin's, but belong to the platform: they are
    not listed.

    Args:
        home: Folder with the block list and the results of the last loads, or None.
        path: Import path to search; ``sys.path`` when None.

    Raises:
        ConfigurationError: The stored block list is damaged.
    """
    state = read_state(home)
    found: dict[str, list[FoundEntry]] = {}
    for entry in find_entries(path=path):
        if not _is_core(entry):
            found.setdefault(entry.name, []).append(entry)
    infos = [_describe(entry, entries, state) for entries in found.values() for entry in entries]
    return sorted(infos, key=lambda info: (info.name, info.distribution))


def find_core(*, path: Sequence[str] | None = None) -> PluginInfo | None:
    """The entry with which the platform registers its own models, checks and policies."""
    for entry in find_entries(path=path):
        if _is_core(entry):
            return _info(entry, PluginStatus.ACTIVE, "", None)
    return None


def _is_core(entry: FoundEntry) -> bool:
    return entry.name == CORE and entry.distribution == "testamur"


def _describe(entry: FoundEntry, entries: list[FoundEntry], state: PluginState) -> PluginInfo:
    fault = _entry_fault(entry, entries)
    if fault:
        return _info(entry, PluginStatus.BROKEN, fault, None)
    manifest, fault = _manifest(entry)
    if entry.name in state.disabled:
        return _info(entry, PluginStatus.DISABLED, "", manifest)
    if manifest is None:
        return _info(entry, PluginStatus.BROKEN, fault, None)
    low, high = manifest.api
    if not low <= API_VERSION <= high:
        reason = f"it works with plugin API {low} to {high}, this platform has {API_VERSION}"
        return _info(entry, PluginStatus.INCOMPATIBLE, reason, manifest)
    last = state.broken.get(entry.name)
    if last is not None and last.version == entry.version:
        return _info(entry, PluginStatus.BROKEN, last.error, manifest)
    return _info(entry, PluginStatus.ACTIVE, "", manifest)


def _entry_fault(entry: FoundEntry, entries: list[FoundEntry]) -> str:
    if not _SLUG.fullmatch(entry.name):
        return "an entry name of lower-case letters, digits and underscores (at most 40) is required"
    if entry.name == CORE:
        return f"the name core belongs to the platform, however: {entry.distribution} takes it"
    if len(entries) > 1:
        claimants = " and ".join(sorted(f"{e.distribution} {e.version}" for e in entries))
        return f"one distribution per plugin name is required, however: {claimants} take {entry.name!r}"
    if not _VALUE.fullmatch(entry.value):
        return "an entry value like package.module is required"
    return ""


def _manifest(entry: FoundEntry) -> tuple[Manifest | None, str]:
    folder = locate_package(entry.value)
    if folder is None:
        return None, f"the package of {entry.value} is required, however: it cannot be found"
    try:
        manifest = read_manifest(folder)
    except ManifestError as error:
        return None, str(error)
    strangers = sorted(
        key for keys in manifest.offers.values() for key in keys if key.partition(".")[0] != entry.name
    )
    if strangers:
        return None, f"plugin.toml: keys must begin with {entry.name!r}, however: {', '.join(strangers)}"
    return manifest, ""


def _info(entry: FoundEntry, status: PluginStatus, error: str, manifest: Manifest | None) -> PluginInfo:
    return PluginInfo(
        name=_printable(entry.name),
        version=_printable(entry.version),
        distribution=_printable(entry.distribution),
        status=status,
        error=error,
        module=entry.value if _VALUE.fullmatch(entry.value) else "",
        manifest=manifest,
    )


def _printable(text: str) -> str:
    """The text itself where it is harmless, else escaped and cut: names come from other people's files."""
    if re.fullmatch(r"[\w.+!-]{1,80}", text, re.ASCII):
        return text
    return ascii(text[:60])[1:-1]
