"""Rules about the manifest and about loading."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from testamur.contracts.plugin import Manifest, PluginStatus
from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject

PERMISSIONS = ("network",)


def loads(subject: Subject) -> Iterator[Complaint]:
    """The plugin is found, fits this platform, and its hooks register."""
    if subject.info.status is not PluginStatus.ACTIVE:
        yield Complaint(
            "load",
            f"{subject.info.status.value}: {subject.info.error}",
            "docs/writing-a-plugin.md shows a plugin that loads",
        )
    elif not any((subject.datasets, subject.models, subject.checks, subject.policies, subject.reports)):
        yield Complaint(
            "load",
            "at least one dataset, model, check, policy or report is required, however: none is registered",
            "mark the hook implementations with @testamur.hookimpl",
        )


def is_complete(subject: Subject) -> Iterator[Complaint]:
    """The manifest names the licence of each bundled data file and a demonstration that exists."""
    manifest, folder = subject.info.manifest, subject.folder
    if manifest is None or folder is None:
        return  # the rule "load" says why
    for permission in manifest.permissions:
        if permission not in PERMISSIONS:
            yield Complaint(
                "manifest", f"permission {permission!r} is unknown", f"known: {', '.join(PERMISSIONS)}"
            )
    for spec in subject.datasets if subject.loaded else ():
        relative = (spec.resource or "").partition(":")[2]
        if relative and relative not in (manifest.licences or {}):
            yield Complaint(
                "manifest",
                f"{spec.key}: the licence of {relative} is required in [licences]",
                f'add to plugin.toml: [licences] "{relative}" = "..."',
            )
    for name in manifest.licences or {}:
        if "/" in name and not (folder / name).is_file():
            yield Complaint("manifest", f"[licences] names {name}, which does not exist", "mend the path")
    yield from _demo(subject, manifest)


def _demo(subject: Subject, manifest: Manifest) -> Iterator[Complaint]:
    if not manifest.demo or subject.folder is None:
        return
    path = subject.folder / manifest.demo
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        yield Complaint("manifest", f"the demo {manifest.demo} cannot be read: {error}", "mend [demo] job")
        return
    from testamur.jobs.jobfile import build_spec

    spec = build_spec(tree)
    if spec.dataset.use is not None and not subject.owns(spec.dataset.use):
        yield Complaint(
            "manifest",
            f"the demo must use a dataset of {subject.info.name}, however: {spec.dataset.use}",
            "show the plugin's own data",
        )
