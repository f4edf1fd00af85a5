"""Finds the entry points of installed distributions without importing anything.

The standard library's ``importlib.metadata`` does the same for every group and every kind of
import path; it costs several times as much start-up time as the rest of ``plugin list``
(docs/decisions/0005-own-entry-point-scan.md). Folders on ``sys.path`` are read, zip files are not.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GROUP = "testamur.plugins"
_METADATA = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One line of a distribution's ``entry_points.txt``.

    Attributes:
        name: Left of the equals sign, as written.
        value: Right of it, without extras: ``module`` or ``module:object``.
        distribution: Name of the distribution.
        version: Version of the distribution.
    """

    name: str
    value: str
    distribution: str
    version: str


def find_entries(group: str = GROUP, path: Sequence[str] | None = None) -> list[FoundEntry]:
    """List a group's entry points in the order of the import path.

    Args:
        group: Name of the entry-point group.
        path: Folders to look in; ``sys.path`` when None.

    Returns:
        Entries; where a distribution is found twice, only those of the first folder, as with imports.
    """
    entries: list[FoundEntry] = []
    seen: set[str] = set()
    for folder in dict.fromkeys(sys.path if path is None else path):
        for metadata in _metadata_folders(folder or "."):
            name, version = _identity(metadata)
            normal = re.sub(r"[-_.]+", "-", name).lower()
            if normal in seen:
                continue
            seen.add(normal)
            text = _read(metadata, "entry_points.txt")
            if group in text:
                entries += [FoundEntry(key, value, name, version) for key, value in parse_group(text, group)]
    return entries


def parse_group(text: str, group: str) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of each line in one section of an ``entry_points.txt``."""
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line[1:-1].strip()
        elif section == group and "=" in line:
            name, _, value = line.partition("=")
            yield name.strip(), value.partition("[")[0].strip()


def _metadata_folders(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - three times as fast as pathlib, on 150 entries
    except OSError:  # not a folder, or not readable: the import system skips it too
        return []
    return [f"{folder}/{name}" for name in sorted(names) if name.endswith(_METADATA)]


def _identity(metadata: str) -> tuple[str, str]:
    stem = metadata.rpartition("/")[2].rpartition(".")[0]
    name, _, version = stem.partition("-")
    if not version:  # a development .egg-info carries no version in its name
        found = re.search(r"^Version:\s*(\S+)", _read(metadata, "PKG-INFO"), re.MULTILINE)
        return name, found[1] if found else "unknown"
    version = version.partition("-py")[0]
    return name.replace("_", "-"), version


def _read(folder: str, name: str) -> str:
    try:
        with open(f"{folder}/{name}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - as above
            return file.read()
    except OSError:  # the distribution has no such file
        return ""
