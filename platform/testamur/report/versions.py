"""With what a report was made: versions of packages, and a digest of the platform's own code."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

PACKAGES = (
    "cryptography", "jinja2", "numpy", "polars", "pydantic", "rtdl_num_embeddings", "safetensors",
    "scikit-learn", "scipy", "tabm", "torch",
)  # fmt: skip
"""Packages that can change a number or a page."""


def package_versions() -> dict[str, str]:
    """Version of every package of `PACKAGES` that is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def platform_words() -> str:
    """Operating system and processor, without the name of the machine."""
    return f"{platform.system()} {platform.machine()}"


@cache
def code_digest() -> str:
    """SHA-256 over the path and content of every Python file of the platform."""
    digest = hashlib.sha256()
    for name, content in sorted(_sources(files("testamur"), "")):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for child in folder.iterdir():
        if child.is_dir():
            found += _sources(child, f"{prefix}{child.name}/")
        elif child.name.endswith(".py"):
            found.append((prefix + child.name, child.read_bytes()))
    return found
