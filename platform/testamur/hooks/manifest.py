"""Reads a plugin's static ``plugin.toml`` without importing the plugin. Standard library only."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

from testamur.contracts.errors import InvalidInput, Problem
from testamur.contracts.plugin import Manifest

FILE_NAME = "plugin.toml"
KINDS = ("datasets", "models", "checks", "policies", "reports")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){1,2}")
_SECTIONS = {
    "plugin": ("api", "title", "permissions"),
    "offers": KINDS,
    "licences": (),
    "demo": ("job",),
}


class ManifestError(InvalidInput):
    """A ``plugin.toml`` that is missing or cannot be used; every fault is listed."""

    kind = "manifest"


def locate_package(value: str) -> Path | None:
    """Folder of the package that an entry point's module lies in, or None.

    Only the top-level package is looked up, which executes no code of it; editable installs
    answer through the same finders as an import would.

    Args:
        value: ``package.module`` or ``package.module:object``.
    """
    parts = value.partition(":")[0].split(".")
    try:
        spec = importlib.util.find_spec(parts[0]) if parts[0] else None
    except (ImportError, ValueError):  # ValueError: a module in sys.modules without a spec
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    inner = parts[1:-1]  # the last part is the module, or nothing where the entry is the package
    for location in spec.submodule_search_locations:
        folder = Path(location, *inner)
        if folder.is_dir():
            return folder
    return None


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest in a plugin's package folder.

    Raises:
        ManifestError: With every fault.
    """
    path = folder / FILE_NAME
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        problem = Problem(
            FILE_NAME, "a manifest is required in the plugin's package", "see docs/writing-a-plugin.md"
        )
        raise ManifestError("The plugin has no manifest", [problem]) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError("The manifest cannot be read", [Problem(FILE_NAME, str(error))]) from error
    return parse_manifest(tree)


def parse_manifest(tree: dict[str, Any]) -> Manifest:
    """Turn the tree of a ``plugin.toml`` into a `Manifest`.

    Raises:
        ManifestError: With every fault.
    """
    faults = _unknown(tree)
    about, offers = _table(tree, "plugin"), _table(tree, "offers")
    licences, demo = _table(tree, "licences"), _table(tree, "demo").get("job", "")
    api = about.get("api")
    if not _is_range(api):
        faults.append(Problem("plugin.api", f"[lowest, highest] API version is required, however: {api!r}"))
    title = about.get("title")
    if not isinstance(title, str) or not title.strip():
        faults.append(Problem("plugin.title", f"one line of text is required, however: {title!r}"))
    if not _is_texts(about.get("permissions", [])):
        faults.append(Problem("plugin.permissions", "a list of texts is required"))
    if not all(isinstance(text, str) for text in licences.values()):
        faults.append(Problem("licences", 'name = "licence" is required in each line'))
    if not isinstance(demo, str) or Path(demo).is_absolute() or ".." in Path(demo).parts:
        faults.append(Problem("demo.job", "a relative path inside the package is required"))
    faults += _offer_faults(offers)
    if faults:
        raise ManifestError("The manifest cannot be used", faults)
    assert isinstance(api, list)
    assert isinstance(title, str)
    return Manifest(
        api=(api[0], api[1]),
        title=" ".join(title.split()),
        offers={kind: tuple(offers.get(kind, ())) for kind in KINDS},
        permissions=tuple(about.get("permissions", ())),
        licences=licences or None,
        demo=demo,
    )


def _table(tree: dict[str, Any], name: str) -> dict[str, Any]:
    value = tree.get(name, {})
    return value if isinstance(value, dict) else {}


def _unknown(tree: dict[str, Any]) -> list[Problem]:
    from testamur.hooks.suggest import did_you_mean

    faults = []
    for name, value in tree.items():
        if name not in _SECTIONS:
            faults.append(
                Problem(name[:80], "unknown section", did_you_mean(name, _SECTIONS, what="section"))
            )
        elif not isinstance(value, dict):
            faults.append(Problem(name, f"a section is required, however: {type(value).__name__}"))
        elif known := _SECTIONS[name]:
            faults += [
                Problem(f"{name}.{key[:80]}", "unknown entry", did_you_mean(key, known, what="entry"))
                for key in value
                if key not in known
            ]
    return faults


def _offer_faults(offers: dict[str, Any]) -> list[Problem]:
    faults = []
    for kind in KINDS:
        keys = offers.get(kind, [])
        if not _is_texts(keys):
            faults.append(Problem(f"offers.{kind}", "a list of keys is required"))
            continue
        faults += [
            Problem(f"offers.{kind}", f"a key like domain.thing is required, however: {key[:80]!r}")
            for key in keys
            if not _KEY.fullmatch(key)
        ]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            faults.append(Problem(f"offers.{kind}", f"each key is offered once, however: {', '.join(twice)}"))
    return faults


def _is_range(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    low, high = value
    return type(low) is int and type(high) is int and 1 <= low <= high


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
