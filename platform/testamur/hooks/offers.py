"""What a plugin offers: records by kind, collected from its hooks and held against its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pluggy

from testamur.contracts.check import CheckSpec
from testamur.contracts.dataset import DatasetSpec
from testamur.contracts.errors import PluginError
from testamur.contracts.model import ModelSpec
from testamur.contracts.plugin import PluginInfo
from testamur.contracts.policy import Policy
from testamur.contracts.report_spec import ReportSpec
from testamur.hooks.calls import call, definition

Offered: TypeAlias = DatasetSpec | ModelSpec | CheckSpec | Policy | ReportSpec


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of offer: its name in the manifest, its hook, its record, and its word in messages."""

    name: str
    hook: str
    record: type[Offered]
    word: str


KINDS = (
    Kind("datasets", "register_datasets", DatasetSpec, "dataset"),
    Kind("models", "register_models", ModelSpec, "model"),
    Kind("checks", "register_checks", CheckSpec, "check"),
    Kind("policies", "register_policies", Policy, "policy"),
    Kind("reports", "register_reports", ReportSpec, "report"),
)


def collect(manager: pluggy.PluginManager, info: PluginInfo) -> dict[str, dict[str, Offered]]:
    """Call every registration hook of a plugin.

    Returns:
        Records by kind, then by key.

    Raises:
        PluginError: A hook raised or returned something else than a list of its records, a key
            does not begin with the plugin's name or occurs twice, or the manifest offers other keys.
    """
    offers = {kind.name: _collect_kind(manager, info, kind) for kind in KINDS}
    if info.manifest is not None:
        _compare(info, info.manifest.offers, offers)
    return offers


def _collect_kind(manager: pluggy.PluginManager, info: PluginInfo, kind: Kind) -> dict[str, Offered]:
    returned = call(manager, info.name, kind.hook, {})
    if returned is None:
        return {}
    where = f"plugin {info.name}: hook {kind.hook} ({definition(manager, info.name, kind.hook)})"
    required = f"a list of {kind.record.__name__} is required"
    if not isinstance(returned, list | tuple):
        raise _refusal(info, kind, f"{where}: {required}, however: {type(returned).__name__}")
    records: dict[str, Offered] = {}
    for position, record in enumerate(returned):
        if not isinstance(record, kind.record):
            what = f"{type(record).__name__} at position {position}"
            raise _refusal(info, kind, f"{where}: {required}, however: {what}")
        if record.key.partition(".")[0] != info.name:
            raise _refusal(
                info, kind, f"{where}: keys must begin with {info.name + '.'!r}, however: {record.key!r}"
            )
        if record.key in records:
            raise _refusal(info, kind, f"{where}: each key is registered once, however: {record.key!r}")
        records[record.key] = record
    return records


def _compare(
    info: PluginInfo, promised: Mapping[str, tuple[str, ...]], offers: Mapping[str, Mapping[str, Offered]]
) -> None:
    lines = []
    for kind in KINDS:
        named, registered = set(promised.get(kind.name, ())), set(offers[kind.name])
        if missing := sorted(named - registered):
            lines.append(f"{kind.name} offered but not registered: {', '.join(missing)}")
        if extra := sorted(registered - named):
            lines.append(f"{kind.name} registered but not offered: {', '.join(extra)}")
    if lines:
        raise PluginError(
            f"plugin {info.name}: plugin.toml and the hooks must agree, however: {'; '.join(lines)}",
            plugin=info.name,
            remedy="write the keys that the hooks return into [offers] of plugin.toml",
        )


def _refusal(info: PluginInfo, kind: Kind, message: str) -> PluginError:
    return PluginError(
        message, plugin=info.name, hook=kind.hook, remedy="docs/hooks.md shows what each hook returns"
    )
