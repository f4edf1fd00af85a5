"""Everything that is registered, from the core and from plugins; a broken plugin harms only itself."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

import pluggy

from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.errors import NotFound, PluginError
from testamur.contracts.event import Event
from testamur.contracts.finding import Finding
from testamur.contracts.job import Attempt
from testamur.contracts.model import ModelSpec
from testamur.contracts.plugin import PluginInfo, PluginStatus
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur.hooks.calls import import_plugin, new_manager, register
from testamur.hooks.discovery import CORE, discover, find_core
from testamur.hooks.offers import KINDS, Offered, collect
from testamur.hooks.plugin_state import remember_loads
from testamur.hooks.suggest import did_you_mean
from testamur.hooks.watchers import WatcherFault, Watchers

_log = logging.getLogger(__name__)
_Record = TypeVar("_Record", DatasetSpec, ModelSpec, CheckSpec, Policy, ReportSpec)
_WORDS = {kind.name: kind.word for kind in KINDS}


class Registry:
    """What the core and the plugins registered. Build it with `load` or `from_objects`."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._infos: dict[str, PluginInfo] = {}
        self._rivals: list[PluginInfo] = []  # further claimants of a name
        self._unloaded: frozenset[str] = frozenset()
        self._records: dict[str, dict[str, Offered]] = {kind.name: {} for kind in KINDS}
        self._watchers = Watchers(manager)

    @classmethod
    def load(
        cls, home: Path | None, *, only: Collection[str] | None = None, path: Sequence[str] | None = None
    ) -> Registry:
        """Load the core and every active plugin, each in its own guard.

        A plugin whose last load failed is tried again. Results are kept in `home` for
        `testamur.hooks.discovery.discover`.

        Args:
            home: Folder with the block list, or None to use and keep nothing.
            only: Plugins to load besides the core; the others are left alone. A job needs those
                of its keys only.
            path: Import path to search for entry points; ``sys.path`` when None.

        Raises:
            PluginError: The core itself cannot be loaded.
            ConfigurationError: The stored block list is damaged.
        """
        registry = cls(new_manager())
        core = find_core(path=path)
        if core is not None:
            registry._admit(core, import_plugin(core))
        results: dict[str, PluginInfo] = {}
        for info in discover(home, path=path):
            if not _may_load(info):
                registry._keep(info)
            elif only is not None and info.name not in only:
                registry._keep(info)
                registry._unloaded |= {info.name}
            else:
                results[info.name] = registry._try(info)
        if home is not None:
            remember_loads(home, results.values())
        return registry

    @classmethod
    def from_objects(cls, plugins: Mapping[str, object]) -> Registry:
        """Register modules or objects with hook implementations directly, without entry points.

        Raises:
            PluginError: One of them is refused.
        """
        registry = cls(new_manager())
        for name, plugin in plugins.items():
            info = PluginInfo(name, "0", name, PluginStatus.ACTIVE, "", "", None)
            registry._admit(info, plugin)
        return registry

    def dataset(self, key: str) -> DatasetSpec:
        """The dataset registered under `key`; raises `NotFound` or `PluginError`."""
        return self._look_up("datasets", key, DatasetSpec)

    def model(self, key: str) -> ModelSpec:
        """The model registered under `key`; raises `NotFound` or `PluginError`."""
        return self._look_up("models", key, ModelSpec)

    def check(self, key: str) -> CheckSpec:
        """The check registered under `key`; raises `NotFound` or `PluginError`."""
        return self._look_up("checks", key, CheckSpec)

    def policy(self, key: str) -> Policy:
        """The policy registered under `key`; raises `NotFound` or `PluginError`."""
        return self._look_up("policies", key, Policy)

    def report(self, key: str) -> ReportSpec:
        """The report part registered under `key`; raises `NotFound` or `PluginError`."""
        return self._look_up("reports", key, ReportSpec)

    def datasets(self) -> Mapping[str, DatasetSpec]:
        """Datasets by key, sorted."""
        return self._all("datasets", DatasetSpec)

    def models(self) -> Mapping[str, ModelSpec]:
        """Models by key, sorted."""
        return self._all("models", ModelSpec)

    def checks(self) -> Mapping[str, CheckSpec]:
        """Checks by key, sorted."""
        return self._all("checks", CheckSpec)

    def policies(self) -> Mapping[str, Policy]:
        """Policies by key, sorted."""
        return self._all("policies", Policy)

    def reports(self) -> Mapping[str, ReportSpec]:
        """Report parts by key, sorted."""
        return self._all("reports", ReportSpec)

    def plugins(self) -> list[PluginInfo]:
        """Every installed plugin, loaded or not, as it stands after loading; without the core."""
        listed = [info for name, info in self._infos.items() if name != CORE] + self._rivals
        return sorted(listed, key=lambda info: (info.name, info.distribution))

    def origin(self, key: str) -> PluginInfo:
        """The plugin (or the core) that owns a key's first part.

        Raises:
            NotFound: No plugin of that name is installed.
        """
        name = key.partition(".")[0]
        if name not in self._infos:
            raise NotFound(
                f"{key[:100]!r} belongs to no installed plugin",
                remedy=did_you_mean(name, self._infos, what="plugin"),
            )
        return self._infos[name]

    def notify_job_state(self, event: Event) -> None:
        """Tell every watcher of ``on_job_state``; a fault of theirs is logged and kept."""
        self._watchers.notify("on_job_state", event)

    def notify_epoch(self, event: Event) -> None:
        """Tell every watcher of ``on_epoch``; a fault of theirs is logged and kept."""
        self._watchers.notify("on_epoch", event)

    def after_audit(self, attempt: Attempt, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings that watchers of ``after_audit`` add; they cannot change or remove any."""
        return self._watchers.after_audit(attempt, findings)

    @property
    def watcher_faults(self) -> tuple[WatcherFault, ...]:
        """What went wrong in watchers since the registry was loaded."""
        return tuple(self._watchers.faults)

    def _try(self, info: PluginInfo) -> PluginInfo:
        try:
            self._admit(info, import_plugin(info))
        except PluginError as error:
            _log.warning("plugin %s is left out: %s", info.name, error.message)
            self._keep(replace(info, status=PluginStatus.BROKEN, error=str(error)))
        return self._infos[info.name]

    def _admit(self, info: PluginInfo, plugin: object) -> None:
        register(self._manager, info, plugin)
        try:
            offers = collect(self._manager, info)
            self._refuse_taken_keys(info, offers)
        except PluginError:
            self._manager.unregister(name=info.name)  # nothing of a half-registered plugin stays
            raise
        for kind, records in offers.items():
            self._records[kind].update(records)
        self._keep(replace(info, status=PluginStatus.ACTIVE, error=""))

    def _refuse_taken_keys(self, info: PluginInfo, offers: Mapping[str, Mapping[str, Offered]]) -> None:
        for kind, records in offers.items():
            for key in sorted(records.keys() & self._records[kind].keys()):
                owner = self.origin(key)
                raise PluginError(
                    f"{_WORDS[kind]} {key!r} is registered twice: "
                    f"by {owner.distribution} {owner.version} and by {info.distribution} {info.version}",
                    plugin=info.name,
                )

    def _keep(self, info: PluginInfo) -> None:
        held = self._infos.get(info.name)
        if held is not None and held.distribution != info.distribution:
            self._rivals.append(info)
        else:
            self._infos[info.name] = info

    def _all(self, kind: str, record: type[_Record]) -> Mapping[str, _Record]:
        return MappingProxyType(dict(sorted(cast("dict[str, _Record]", self._records[kind]).items())))

    def _look_up(self, kind: str, key: str, record: type[_Record]) -> _Record:
        records = self._records[kind]
        if key in records:
            return cast("_Record", records[key])
        self._explain_absence(kind, key)
        raise NotFound(
            f"no {_WORDS[kind]} {key[:100]!r} is registered",
            remedy=did_you_mean(key, records, what=_WORDS[kind]),
        )

    def _explain_absence(self, kind: str, key: str) -> None:
        name = key.partition(".")[0]
        info = self._infos.get(name)
        if info is None:
            return
        if info.status is PluginStatus.ACTIVE and name not in self._unloaded:
            return
        remedies = {
            PluginStatus.DISABLED: f"testamur plugin enable {name}",
            PluginStatus.INCOMPATIBLE: f"install a version of {info.distribution} made for this platform",
            PluginStatus.BROKEN: f"testamur plugin check {name}",
        }
        reason = info.error or ("it was not asked for when loading" if name in self._unloaded else "")
        state = "not loaded" if name in self._unloaded else info.status.value
        raise PluginError(
            f"{_WORDS[kind]} {key[:100]!r} cannot be used: plugin {name} is {state}"
            + (f": {reason}" if reason else ""),
            plugin=name,
            remedy=remedies.get(info.status, ""),
        )


def _may_load(info: PluginInfo) -> bool:
    """True for active plugins, and for those that only a stored failure keeps broken."""
    if info.status is PluginStatus.ACTIVE:
        return True
    return info.status is PluginStatus.BROKEN and info.manifest is not None
