"""The plugin under examination, as the rules of the conformance kit see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.errors import NotFound
from testamur.contracts.model import ModelSpec
from testamur.contracts.plugin import PluginInfo, PluginStatus
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur.hooks.discovery import discover
from testamur.hooks.manifest import locate_package
from testamur.hooks.registry import Registry
from testamur.hooks.suggest import did_you_mean

if TYPE_CHECKING:
    from testamur.data.load import LoadedSource


@dataclass(frozen=True, slots=True)
class Subject:
    """A plugin with what it registered.

    Attributes:
        info: How it stands after an attempt to load it.
        folder: Its package folder, or None where it cannot be found.
        registry: The core and this plugin.
        loaded_data: Its datasets by key, as far as a rule has loaded them.
    """

    info: PluginInfo
    folder: Path | None
    registry: Registry
    loaded_data: dict[str, LoadedSource] = field(default_factory=dict, repr=False, compare=False)

    @property
    def loaded(self) -> bool:
        """True when its hooks are registered."""
        return self.info.status is PluginStatus.ACTIVE

    @property
    def datasets(self) -> list[DatasetSpec]:
        """Datasets that it registered."""
        return [spec for spec in self.registry.datasets().values() if self.owns(spec.key)]

    @property
    def models(self) -> list[ModelSpec]:
        """Models that it registered."""
        return [spec for spec in self.registry.models().values() if self.owns(spec.key)]

    @property
    def checks(self) -> list[CheckSpec]:
        """Checks that it registered."""
        return [spec for spec in self.registry.checks().values() if self.owns(spec.key)]

    @property
    def policies(self) -> list[Policy]:
        """Policies that it registered."""
        return [policy for policy in self.registry.policies().values() if self.owns(policy.key)]

    @property
    def reports(self) -> list[ReportSpec]:
        """Report parts that it registered."""
        return [spec for spec in self.registry.reports().values() if self.owns(spec.key)]

    def owns(self, key: str) -> bool:
        """True when the key's first part is the plugin's name."""
        return key.partition(".")[0] == self.info.name


def open_subject(name: str, *, path: Sequence[str] | None = None) -> Subject:
    """Find an installed plugin and load it, whatever the block list and the last load say.

    Args:
        name: Entry name of the plugin.
        path: Import path to search for entry points; ``sys.path`` when None.

    Raises:
        NotFound: No such plugin is installed.
        PluginError: The core itself cannot be loaded.
    """
    known = [info.name for info in discover(None, path=path)]
    if name not in known:
        raise NotFound(
            f"no plugin {name[:80]!r} is installed",
            remedy=f"{did_you_mean(name, known, what='plugin')}; one that is being written is installed "
            "first, from its folder: testamur plugin install ./testamur-NAME",
        )
    registry = Registry.load(None, only={name}, path=path)
    info = next(info for info in registry.plugins() if info.name == name)
    return Subject(info, locate_package(info.module) if info.module else None, registry)
