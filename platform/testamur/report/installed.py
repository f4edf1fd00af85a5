"""The distributions that a report was made with: what is installed, and what of it needs what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*\Z")


@dataclass(frozen=True, slots=True)
class Installed:
    """One distribution.

    Attributes:
        name: Normalised as in PEP 503.
        version: As installed.
        licence: Its SPDX expression, or empty where it states none.
        needs: Names of the installed distributions that it requires, without extras.
    """

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]


def installed_closure(roots: Iterable[str]) -> tuple[Installed, ...]:
    """The installed distributions among `roots`, and all that they require, by name.

    Args:
        roots: Names, or requirements such as ``testamur==0.1.0``.
    """
    return _closure(frozenset(map(normalise, roots)))


@cache
def _closure(roots: frozenset[str]) -> tuple[Installed, ...]:
    found: dict[str, Installed] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if not name or name in found:
            continue
        described = _describe(name)
        if described is not None:
            found[name] = described
            waiting += described.needs
    return tuple(found[name] for name in sorted(found))


def normalise(requirement: str) -> str:
    """Name of a requirement in the form of PEP 503, or an empty text."""
    named = _NAME.match(requirement.strip())
    return re.sub(r"[-_.]+", "-", named.group()).lower().strip("-") if named else ""


def _describe(name: str) -> Installed | None:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    required = (line for line in found.requires or () if "extra ==" not in line.partition(";")[2])
    needs = {normalise(line) for line in required} - {name}
    licence = str(found.metadata.get("License-Expression") or "")
    return Installed(
        name=name,
        version=found.version,
        licence=licence if _SPDX.match(licence) else "",
        needs=tuple(sorted(need for need in needs if _is_installed(need))),
    )


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
