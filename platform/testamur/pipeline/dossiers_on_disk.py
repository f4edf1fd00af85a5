"""Dossiers that lie on a disk, and what each says of the data it rests on; no job need be stored of them."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testamur.contracts.errors import ConfigurationError, NotFound
from testamur.contracts.job import DatasetRequest
from testamur.jobs.jobfile import build_spec, read_job_file
from testamur.store.job_id import check_job_id

_DEEPEST = 4  # folders below the one that was named
_REPORT, _MANIFEST = "report.json", "manifest.json"


@dataclass(frozen=True, slots=True)
class FoundDossier:
    """A dossier.

    Attributes:
        folder: Where it lies.
        job_id: The job that left it; empty where it does not say, or says no id.
        key: Registered dataset that its data are of, or empty.
        sha256: Digest of its data; empty where it cannot be read.
        request: The ``[dataset]`` part of its job file, without folders of the machine it was made on.
        home: The home whose dossier it is; None: it lies elsewhere.
    """

    folder: Path
    job_id: str = ""
    key: str = ""
    sha256: str = ""
    request: DatasetRequest | None = None
    home: Path | None = None

    @property
    def file_name(self) -> str:
        """Name of the file of its data, or empty."""
        return (self.request.path or "") if self.request is not None else ""

    @property
    def places(self) -> list[Path]:
        """Everything of it: the dossier, and in a home what its job worked in."""
        work = self.home / "jobs" / self.job_id if self.home is not None and self.job_id else None
        return [self.folder, *([work] if work is not None and work.is_dir() else [])]


def find_dossiers(
    homes: Iterable[Path], folders: Iterable[Path] = (), *, known: Collection[str] = ()
) -> list[FoundDossier]:
    """Every dossier in some homes and below some folders, once.

    Args:
        homes: Their ``dossiers`` are looked through.
        folders: Dossiers, or folders that hold some, at most four levels down; links are not followed.
        known: Jobs that are stored, whose dossiers in homes are theirs; elsewhere they are copies.

    Raises:
        NotFound: One of the folders is none.
    """
    found: dict[Path, FoundDossier] = {}
    for home in homes:
        for folder in _below(home / "dossiers", 1):
            one = _read(folder, home)
            if folder.name not in known and one.job_id not in known:
                found.setdefault(folder.resolve(), one)
    taken = [(home / "dossiers").resolve() for home in homes]
    for top in folders:
        if not top.is_dir():
            raise NotFound(f"a folder is required, however: {top} is none")
        for folder in _below(top, _DEEPEST):
            if folder.resolve().parent not in taken:
                found.setdefault(folder.resolve(), _read(folder, None))
    return [found[path] for path in sorted(found)]


def digest_of(folder: Path) -> str:
    """SHA-256 of the data that a dossier rests on; empty where it does not say."""
    return _read(folder, None).sha256


def _below(top: Path, depth: int) -> Iterator[Path]:
    """Folders with a report and a manifest; what lies inside one of them is part of it."""
    if not top.is_dir() or top.is_symlink():
        return
    if all((top / name).is_file() for name in (_REPORT, _MANIFEST)):
        yield top
        return
    if depth:
        with os.scandir(top) as entries:
            inner = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
        for path in inner:
            if not Path(path).name.startswith("."):  # drafts: `testamur gc` removes them
                yield from _below(Path(path), depth - 1)


def _read(folder: Path, home: Path | None) -> FoundDossier:
    try:
        report: dict[str, Any] = json.loads((folder / _REPORT).read_bytes())
        data, made = report["data"], report["provenance"]
        sha256, key, job_id = str(data["sha256"]), str(data["key"]), _checked(str(made["job_id"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return FoundDossier(folder, home=home)
    return FoundDossier(folder, job_id, key, sha256, _request(folder), home)


def _checked(job_id: str) -> str:
    """The id, or empty where it is none: it becomes part of a path that is deleted, and is not ours alone."""
    try:
        return check_job_id(job_id)
    except NotFound:
        return ""


def _request(folder: Path) -> DatasetRequest | None:
    try:
        return build_spec(read_job_file(folder / "job.toml")).dataset
    except ConfigurationError:  # of another version, or none
        return None
