"""What a plugin says of itself in its static ``plugin.toml``. Standard library only.

Listing plugins reads nothing but this file and the entry point: no plugin is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PluginStatus(StrEnum):
    """How a plugin stands."""

    ACTIVE = "active"
    DISABLED = "disabled"  # on the block list
    INCOMPATIBLE = "incompatible"  # its API range excludes this platform
    BROKEN = "broken"  # its manifest or its last load failed


@dataclass(frozen=True, slots=True)
class Manifest:
    """The static manifest of a plugin.

    Attributes:
        api: Lowest and highest plugin API version it works with.
        title: One line.
        offers: Keys by kind ("datasets", "models", "checks", "policies", "reports").
        permissions: What it asks for, such as "network"; empty means nothing.
        licences: Licence by bundled thing.
        demo: Job file inside the plugin's package that ``testamur demo`` submits, or empty.
    """

    api: tuple[int, int]
    title: str
    offers: dict[str, tuple[str, ...]]
    permissions: tuple[str, ...] = ()
    licences: dict[str, str] | None = None
    demo: str = ""


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A discovered plugin, loaded or not."""

    name: str  # entry name = domain slug
    version: str  # of its distribution
    distribution: str
    status: PluginStatus
    error: str  # why it is incompatible or broken, or empty
    module: str  # module of its hook implementations
    manifest: Manifest | None
